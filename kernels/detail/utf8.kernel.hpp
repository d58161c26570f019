// The body of check_utf8: the text in fixed blocks, each byte judged by the three before it.
//
//   Flow     clear the flags -> blocks raise the flag of a piece with a bad byte -> pieces add what
//            came from earlier chunks and what is cut off -> the state of the open document.
//
// Blocks that raise the same flag write the same 1, so no order between them matters.

#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/detail/utf8_walk.hpp>
#include <sluice/kernels/detail/utf8_window.hpp>

namespace sluice::detail {

inline constexpr std::uint32_t utf8_block = 128;

struct utf8_source {
  std::uint8_t const* text;
  std::uint32_t bytes;
  piece const* pieces;
  std::uint32_t count;
  utf8_state const* open;

  // What is before a piece, from earlier chunks.
  SLUICE_HD utf8_window window_before(piece const& each) const {
    return each.begins != 0 ? utf8_window() : window_of(*open);
  }
};

struct clear_flag {
  std::uint8_t* flags;
  SLUICE_HD void operator()(std::size_t i) const { flags[i] = 0; }
};

struct piece_offset {
  piece const* pieces;
  SLUICE_HD std::uint32_t operator()(std::uint32_t i) const { return pieces[i].offset; }
};

struct judge_block {
  utf8_source from;
  std::uint8_t* invalid;

  SLUICE_HD void operator()(std::size_t block) const {
    auto const first = static_cast<std::uint32_t>(block) * utf8_block;
    auto const last = from.bytes - first < utf8_block ? from.bytes : first + utf8_block;
    auto i = last_at_or_below(first, from.count, piece_offset{from.pieces});
    if (i == from.count) i = 0;
    for (; i < from.count && from.pieces[i].offset < last; ++i) {
      auto const& each = from.pieces[i];
      auto const end = each.offset + each.length;
      auto const low = first > each.offset ? first : each.offset;
      if (low < end && has_bad(each, low, end < last ? end : last)) invalid[i] = 1;
    }
  }

  // Whether bytes [at, end) of the chunk, all of them in `each`, have a bad one among them.
  SLUICE_HD bool has_bad(piece const& each, std::uint32_t at, std::uint32_t end) const {
    auto window =
        window_behind(from.window_before(each), from.text + each.offset, at - each.offset);
    for (; at < end; ++at) {
      if (!window.allows(from.text[at])) return true;
      window.push(from.text[at]);
    }
    return false;
  }
};

struct judge_piece {
  utf8_source from;
  std::uint8_t* invalid;

  SLUICE_HD void operator()(std::size_t i) const {
    auto const& each = from.pieces[i];
    if (each.begins == 0 && from.open->invalid != 0) invalid[i] = 1;
    if (each.ends == 0) return;
    auto const behind =
        window_behind(from.window_before(each), from.text + each.offset, each.length);
    if (behind.is_open()) invalid[i] = 1;
  }
};

struct keep_open {
  utf8_source from;
  utf8_state* open;
  std::uint8_t const* invalid;

  SLUICE_HD void operator()(std::size_t) const {
    auto const i = from.count - 1;
    auto const& each = from.pieces[i];
    auto const behind =
        window_behind(from.window_before(each), from.text + each.offset, each.length);
    *open = utf8_state();
    if (each.ends != 0) return;
    *open = utf8_state{behind.third_last, behind.second_last, behind.last, invalid[i]};
  }
};

template <class Exec>
void check_utf8_by_blocks(Exec const& on, utf8_source const& from, utf8_state* open,
                          std::uint8_t* invalid) {
  if (from.count == 0) return;
  for_each_index(on, from.count, clear_flag{invalid});
  for_each_index(on, (std::size_t{from.bytes} + utf8_block - 1) / utf8_block,
                 judge_block{from, invalid});
  for_each_index(on, from.count, judge_piece{from, invalid});
  for_each_index(on, 1, keep_open{from, open, invalid});
}

template <class Exec>
utf8_source utf8_source_of(Exec const& on, in<std::uint8_t> text, in<piece> pieces,
                           inout<utf8_state> open) {
  return {on.data(text), static_cast<std::uint32_t>(text.size()), on.data(pieces),
          static_cast<std::uint32_t>(pieces.size()), on.data(open)};
}

struct no_open_utf8 {
  utf8_state* open;
  SLUICE_HD void operator()(std::size_t i) const { open[i] = utf8_state(); }
};

struct begin_utf8_body {
  static constexpr char const* name = "begin_utf8";

  template <class Exec>
  static void run(Exec const& on, out<utf8_state> open) {
    for_each_index(on, open.size(), no_open_utf8{on.data(open)});
  }
};

struct check_utf8_body {
  static constexpr char const* name = "check_utf8";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, inout<utf8_state> open,
                  out<std::uint8_t> invalid) {
    if constexpr (std::is_same_v<Exec, host_exec>)
      utf8_walk{on.data(text), text.size(), on.data(pieces), pieces.size()}.run(*on.data(open),
                                                                                on.data(invalid));
    else
      check_utf8_by_blocks(on, utf8_source_of(on, text, pieces, open), on.data(open),
                           on.data(invalid));
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::begin_utf8_body)
SLUICE_REGISTER_KERNEL(sluice::detail::check_utf8_body)
#endif
