// The body of hash_documents: one index, so on a device one thread, for each piece.
//
// The piece that stays open goes last: it writes the state that the first one may have to read.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/detail/xxh64.hpp>

namespace sluice::detail {

struct hash_piece {
  std::uint8_t const* text;
  piece const* pieces;
  std::uint64_t mask;
  hash_state const* open;
  std::uint64_t* hashes;

  SLUICE_HD void operator()(std::size_t i) const {
    auto const& each = pieces[i];
    hashes[i] = each.ends != 0 ? whole(each, text + each.offset) & mask : 0;
  }

  SLUICE_HD std::uint64_t whole(piece const& each, std::uint8_t const* from) const {
    if (each.begins != 0) return xxh64::at_once(from, each.length);
    auto state = *open;
    xxh64::add(state, from, each.length);
    return xxh64::hash_of(state);
  }
};

struct hash_open_piece {
  std::uint8_t const* text;
  piece const* last;
  hash_state* open;

  SLUICE_HD void operator()(std::size_t) const {
    if (last->ends != 0) {
      *open = hash_state();
      return;
    }
    hash_state state;
    if (last->begins != 0)
      xxh64::start(state);
    else
      state = *open;
    xxh64::add(state, text + last->offset, last->length);
    *open = state;
  }
};

struct no_open_hash {
  hash_state* open;
  SLUICE_HD void operator()(std::size_t i) const { open[i] = hash_state(); }
};

struct begin_hash_body {
  static constexpr char const* name = "begin_hash";

  template <class Exec>
  static void run(Exec const& on, out<hash_state> open) {
    for_each_index(on, open.size(), no_open_hash{on.data(open)});
  }
};

struct hash_documents_body {
  static constexpr char const* name = "hash_documents";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, std::uint64_t mask,
                  inout<hash_state> open, out<std::uint64_t> hashes) {
    auto const count = pieces.size();
    if (count == 0) return;
    auto const* const bytes = on.data(text);
    auto const* const table = on.data(pieces);
    for_each_index(on, count, hash_piece{bytes, table, mask, on.data(open), on.data(hashes)});
    for_each_index(on, 1, hash_open_piece{bytes, table + count - 1, on.data(open)});
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::begin_hash_body)
SLUICE_REGISTER_KERNEL(sluice::detail::hash_documents_body)
#endif
