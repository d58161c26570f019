// The faster split for a CPU: one walk from line to line, for counting and again for the table.
//
//   Units    words are read little-endian, as on every machine CUDA runs on.
//   Threads  the caller's.
//   Errors   internal_error when the table is not of the size that was counted.
//
// Holds equal to the bodies in split.kernel.hpp, bit for bit; tests/kernels/split_test.cpp says so.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sluice/kernels/detail/split_marks.hpp>

namespace sluice::detail {

// 0x80 in each byte of the word that is a '\n'.
inline std::uint64_t line_ends_of(std::uint64_t word) {
  constexpr std::uint64_t low_bits = 0x7F7F7F7F7F7F7F7F;
  auto const zero_at_line_end = word ^ 0x0A0A0A0A0A0A0A0A;
  return ~(((zero_at_line_end & low_bits) + low_bits) | zero_at_line_end | low_bits);
}

// Calls take(at) for each '\n' in [at, end), in order. Lines are short: a call of memchr for each
// took twice the time.
template <class F>
void for_each_line_end(std::uint8_t const* text, std::uint32_t at, std::uint32_t end,
                       F const& take) {
  for (; end - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text + at, 8);
    for (auto found = line_ends_of(word); found != 0; found &= found - 1)
      take(at + static_cast<std::uint32_t>(std::countr_zero(found)) / 8);
  }
  for (; at < end; ++at)
    if (text[at] == '\n') take(at);
}

// Calls take(mark) for each mark of the segment, in order.
template <class F>
void for_each_mark(split_source const& from, text_segment const& segment, F const& take) {
  if (from.rule.mode == split_mode::file) return;
  auto const end = segment.offset + segment.bytes;
  if (from.rule.mode == split_mode::line) {
    for_each_line_end(from.text, segment.offset, end, take);
    return;
  }
  if (from.rule.mode == split_mode::blank) {
    for_each_line_end(from.text, segment.offset, end, [&](std::uint32_t at) {
      if (ends_run(from, segment, at)) take(at);
    });
    return;
  }
  auto const take_separator = [&](std::uint32_t line) {
    if (line < end && is_separator_line(from, segment, line)) take(line);
  };
  if (begins_document(from, segment)) take_separator(segment.offset);
  for_each_line_end(from.text, segment.offset, end,
                    [&](std::uint32_t line_end) { take_separator(line_end + 1); });
}

inline std::uint32_t count_by_walking(split_source const& from) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < from.segment_count; ++i) {
    for_each_mark(from, from.segments[i], [&](std::uint32_t) { ++count; });
    if (has_tail(from, from.segments[i])) ++count;
  }
  return count;
}

inline void table_by_walking(split_source const& from, piece* pieces, std::size_t size) {
  std::size_t count = 0;
  auto const add = [&](std::uint32_t start, std::uint32_t end, bool begins, bool ends) {
    require(count < size, "split_table: the table holds fewer pieces than were counted");
    auto const contents = ends ? contents_end(from, start, end) : end;
    pieces[count++] = {start, contents - start, static_cast<std::uint8_t>(begins),
                       static_cast<std::uint8_t>(ends), 0};
  };
  for (std::uint32_t i = 0; i < from.segment_count; ++i) {
    auto const& segment = from.segments[i];
    auto start = segment.offset;
    auto begins = begins_document(from, segment);
    if (begins && from.rule.mode == split_mode::blank)
      start = first_of_run(from, start, start + segment.bytes);
    for_each_mark(from, segment, [&](std::uint32_t mark) {
      add(start, mark, begins, true);
      start = behind_mark(from, segment, mark);
      begins = true;
    });
    if (has_tail(from, segment))
      add(start, segment.offset + segment.bytes, begins, segment.ends_file != 0);
  }
  require(count == size, "split_table: the table holds more pieces than were counted");
}

}  // namespace sluice::detail
