// The bodies of tokenise_bytes and gather_pieces: sizes of the kept pieces are scanned to offsets,
// and each block of output looks its pieces up.
//
// A block of output rather than a piece is one thread's work, since one document may be a chunk.

#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/detail/pack_walk.hpp>
#include <sluice/kernels/pack.hpp>

namespace sluice::detail {

inline constexpr std::uint32_t pack_block = 16;

constexpr std::size_t pack_scratch_bytes(std::size_t pieces) noexcept {
  return scratch_base_bytes + scratch_bytes<std::uint32_t>(pieces + 1) +
         scan_scratch_bytes(pieces + 1);
}

// The output elements of piece i; none for i = count, so that the scan ends in the sum of all.
template <class Out>
struct size_of_piece {
  pack_source from;
  std::uint32_t* sizes;

  SLUICE_HD void operator()(std::size_t i) const {
    sizes[i] = i < from.count && from.keep[i] != 0 ? packed_size<Out>(from.pieces[i]) : 0;
  }
};

struct element_at {
  std::uint32_t const* elements;
  SLUICE_HD std::uint32_t operator()(std::uint32_t i) const { return elements[i]; }
};

template <class Out>
struct fill_block {
  pack_source from;
  std::uint32_t const* offsets;
  Out* packed;
  std::size_t size;

  SLUICE_HD void operator()(std::size_t block) const {
    auto const total = offsets[from.count];
    auto const end = size < total ? static_cast<std::uint32_t>(size) : total;
    auto const first = static_cast<std::uint32_t>(block) * pack_block;
    if (first >= end) return;
    auto const last = end - first < pack_block ? end : first + pack_block;
    auto i = last_at_or_below(first, from.count, element_at{offsets});
    for (auto at = first; at < last; ++at) {
      while (at >= offsets[i + 1]) ++i;
      auto const inside = at - offsets[i];
      auto const& each = from.pieces[i];
      packed[at] = inside < each.length ? static_cast<Out>(from.text[each.offset + inside])
                                        : static_cast<Out>(end_of_document_token);
    }
  }
};

template <class Out, class Exec>
void pack_by_blocks(Exec const& on, pack_source const& from, Out* packed, std::size_t size) {
  scratch_arena scratch(on);
  auto* const offsets = scratch.template take<std::uint32_t>(std::size_t{from.count} + 1);
  for_each_index(on, std::size_t{from.count} + 1, size_of_piece<Out>{from, offsets});
  scan_in_place(on, scratch, offsets, std::size_t{from.count} + 1);
  for_each_index(on, (size + pack_block - 1) / pack_block,
                 fill_block<Out>{from, offsets, packed, size});
}

template <class Exec>
pack_source pack_source_of(Exec const& on, in<std::uint8_t> text, in<piece> pieces,
                           in<std::uint8_t> keep) {
  return {on.data(text), on.data(pieces), on.data(keep), static_cast<std::uint32_t>(pieces.size())};
}

template <class Out, class Exec>
void pack_pieces(Exec const& on, pack_source const& from, out<Out> packed) {
  if constexpr (std::is_same_v<Exec, host_exec>)
    pack_by_walking(from, on.data(packed), packed.size());
  else
    pack_by_blocks(on, from, on.data(packed), packed.size());
}

struct tokenise_bytes_body {
  static constexpr char const* name = "tokenise_bytes";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                  out<std::uint16_t> tokens) {
    pack_pieces(on, pack_source_of(on, text, pieces, keep), tokens);
  }
};

struct gather_pieces_body {
  static constexpr char const* name = "gather_pieces";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                  out<std::uint8_t> packed) {
    pack_pieces(on, pack_source_of(on, text, pieces, keep), packed);
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::tokenise_bytes_body)
SLUICE_REGISTER_KERNEL(sluice::detail::gather_pieces_body)
#endif
