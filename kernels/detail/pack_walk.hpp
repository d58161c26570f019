// The faster pack for a CPU: one walk over the pieces, bytes widened sixteen at a time.
//
//   Threads  the caller's.
//   Errors   internal_error when the output is not of the size that the kept pieces fill.
//
// Holds equal to the bodies in pack.kernel.hpp, bit for bit; tests/kernels/pack_test.cpp says so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/pack.hpp>

namespace sluice::detail {

struct pack_source {
  std::uint8_t const* text;
  piece const* pieces;
  std::uint8_t const* keep;
  std::uint32_t count;
};

// Tokens have one element more for the end of a document; gathered bytes have none.
template <class Out>
inline constexpr bool marks_ends = std::is_same_v<Out, std::uint16_t>;

template <class Out>
SLUICE_HD std::uint32_t packed_size(piece const& each) {
  return each.length + (marks_ends<Out> && each.ends != 0 ? 1 : 0);
}

inline void copy_elements(std::uint8_t const* from, std::size_t count, std::uint8_t* to) {
  if (count != 0) std::memcpy(to, from, count);
}

// Through arrays of fixed size, which the compiler turns into vector instructions at -O2.
template <std::size_t N>
void widen(std::uint8_t const* from, std::uint16_t* to) {
  std::uint8_t narrow[N];
  std::uint16_t wide[N];
  std::memcpy(narrow, from, sizeof narrow);
  for (std::size_t i = 0; i < N; ++i) wide[i] = narrow[i];
  std::memcpy(to, wide, sizeof wide);
}

// What is left of less than N is done by N that overlap those before.
template <std::size_t N>
void widen_all(std::uint8_t const* from, std::size_t count, std::uint16_t* to) {
  for (std::size_t i = 0; i + N <= count; i += N) widen<N>(from + i, to + i);
  if (count % N != 0) widen<N>(from + count - N, to + count - N);
}

inline void copy_elements(std::uint8_t const* from, std::size_t count, std::uint16_t* to) {
  if (count >= 16)
    widen_all<16>(from, count, to);
  else if (count >= 4)
    widen_all<4>(from, count, to);
  else
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

template <class Out>
void pack_by_walking(pack_source const& from, Out* packed, std::size_t size) {
  std::size_t used = 0;
  for (std::uint32_t i = 0; i < from.count; ++i) {
    if (from.keep[i] == 0) continue;
    auto const& each = from.pieces[i];
    require(size - used >= packed_size<Out>(each), "pack: the output is too small");
    copy_elements(from.text + each.offset, each.length, packed + used);
    used += packed_size<Out>(each);
    if constexpr (marks_ends<Out>)
      if (each.ends != 0) packed[used - 1] = end_of_document_token;
  }
  require(used == size, "pack: the output is larger than the kept pieces");
}

}  // namespace sluice::detail
