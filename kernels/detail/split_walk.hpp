// The faster split for a CPU: one walk from line to line, for counting and again for the table.
//
//   Threads  the caller's.
//   Errors   internal_error when the table is not of the size that was counted.
//
// Holds equal to the bodies in split.kernel.hpp, bit for bit; tests/kernels/split_test.cpp says so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sluice/kernels/detail/split_marks.hpp>

namespace sluice::detail {

// The next '\n' in [at, end), else `end`.
inline std::uint32_t find_line_end(std::uint8_t const* text, std::uint32_t at, std::uint32_t end) {
  if (at == end) return end;
  auto const* found = static_cast<std::uint8_t const*>(std::memchr(text + at, '\n', end - at));
  return found == nullptr ? end : static_cast<std::uint32_t>(found - text);
}

// Calls take(mark) for each mark of the segment, in order.
template <class F>
void for_each_mark(split_source const& from, text_segment const& segment, F const& take) {
  auto const end = segment.offset + segment.bytes;
  auto at = segment.offset;
  if (from.rule.mode == split_mode::line) {
    for (at = find_line_end(from.text, at, end); at < end;
         at = find_line_end(from.text, at + 1, end))
      take(at);
  } else if (from.rule.mode == split_mode::separator) {
    if (!begins_document(from, segment)) at = find_line_end(from.text, at, end) + 1;
    for (; at < end; at = find_line_end(from.text, at, end) + 1)
      if (is_separator_line(from, segment, at)) take(at);
  }
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
