// What split looks for in a chunk of text, one byte at a time: where documents end.
//
//   Units    bytes of the chunk's text.
//   Threads  any: each question is answered from the text alone, for host and device alike.
//
// A mark is a byte that ends a document which may end inside its segment: the '\n' of a line, the
// first byte of a separator line, or the first empty line behind others. What ends with its segment
// is not marked: it is its tail.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/split.hpp>

namespace sluice::detail {

struct split_source {
  std::uint8_t const* text;
  std::uint32_t bytes;
  text_segment const* segments;
  std::uint32_t segment_count;
  split_rule rule;
  bool at_start;
};

template <class Exec>
split_source source_of(Exec const& on, in<std::uint8_t> text, in<text_segment> segments,
                       split_rule const& rule, bool at_start) {
  return {on.data(text),
          static_cast<std::uint32_t>(text.size()),
          on.data(segments),
          static_cast<std::uint32_t>(segments.size()),
          rule,
          at_start};
}

struct segment_offset {
  text_segment const* segments;
  SLUICE_HD std::uint32_t operator()(std::uint32_t i) const { return segments[i].offset; }
};

// The segment that holds byte `at`: of those that start there the last, as the others are empty.
SLUICE_HD inline std::uint32_t segment_at(split_source const& from, std::uint32_t at) {
  return last_at_or_below(at, from.segment_count, segment_offset{from.segments});
}

// Whether a document begins with the segment.
SLUICE_HD inline bool begins_document(split_source const& from, text_segment const& segment) {
  if (from.rule.mode == split_mode::file) return segment.begins_file != 0;
  return segment.begins_file != 0 || from.at_start;
}

// Whether the bytes at `at` are the separator, up to `end`.
SLUICE_HD inline bool equals_separator(split_source const& from, std::uint32_t at,
                                       std::uint32_t end) {
  auto const length = from.rule.separator_bytes;
  if (end - at < length) return false;
  for (std::uint32_t i = 0; i < length; ++i)
    if (from.text[at + i] != from.rule.separator[i]) return false;
  return true;
}

// Whether a line of `segment` that starts at `at`, a byte of it, is a separator line. One that ends
// with its segment ends with its file: else it would have come in the next chunk.
SLUICE_HD inline bool is_separator_line(split_source const& from, text_segment const& segment,
                                        std::uint32_t at) {
  auto const end = segment.offset + segment.bytes;
  if (!equals_separator(from, at, end)) return false;
  auto const behind = at + from.rule.separator_bytes;
  return behind == end || from.text[behind] == '\n';
}

SLUICE_HD inline bool starts_line(split_source const& from, text_segment const& segment,
                                  std::uint32_t at) {
  return at == segment.offset ? begins_document(from, segment) : from.text[at - 1] == '\n';
}

// Whether no document is open before byte `at` of a text of blank lines between runs of others.
SLUICE_HD inline bool follows_blank(split_source const& from, text_segment const& segment,
                                    std::uint32_t at) {
  if (at == segment.offset) return begins_document(from, segment);
  if (from.text[at - 1] != '\n') return false;
  return at - 1 == segment.offset ? begins_document(from, segment) : from.text[at - 2] == '\n';
}

// Whether the line that starts at `at` is the first empty one behind a run of others.
SLUICE_HD inline bool ends_run(split_source const& from, text_segment const& segment,
                               std::uint32_t at) {
  return from.text[at] == '\n' && at != segment.offset && from.text[at - 1] == '\n' &&
         !follows_blank(from, segment, at);
}

// Whether `at` is the first byte of a run of lines.
SLUICE_HD inline bool starts_run(split_source const& from, text_segment const& segment,
                                 std::uint32_t at) {
  return from.text[at] != '\n' && follows_blank(from, segment, at);
}

SLUICE_HD inline bool is_mark(split_source const& from, std::uint32_t at) {
  if (from.rule.mode == split_mode::line) return from.text[at] == '\n';
  if (from.rule.mode == split_mode::blank) {
    bool const may_be = from.text[at] == '\n' && at != 0 && from.text[at - 1] == '\n';
    return may_be && ends_run(from, from.segments[segment_at(from, at)], at);
  }
  // Only few bytes get past this line, so only few look for their segment.
  if (!equals_separator(from, at, from.bytes)) return false;
  auto const& segment = from.segments[segment_at(from, at)];
  return starts_line(from, segment, at) && is_separator_line(from, segment, at);
}

// The first byte from `at` that is no '\n'; at most `end`.
SLUICE_HD inline std::uint32_t first_of_run(split_source const& from, std::uint32_t at,
                                            std::uint32_t end) {
  while (at < end && from.text[at] == '\n') ++at;
  return at;
}

// Where the next document starts behind a mark; at most the end of its segment.
SLUICE_HD inline std::uint32_t behind_mark(split_source const& from, text_segment const& segment,
                                           std::uint32_t at) {
  if (from.rule.mode == split_mode::line) return at + 1;
  auto const end = segment.offset + segment.bytes;
  if (from.rule.mode == split_mode::blank) return first_of_run(from, at, end);
  auto const behind = at + from.rule.separator_bytes + 1;
  return behind < end ? behind : end;
}

// Whether the segment has a piece that ends with it.
SLUICE_HD inline bool has_tail(split_source const& from, text_segment const& segment) {
  if (from.rule.mode == split_mode::file) return true;
  auto const end = segment.offset + segment.bytes;
  if (from.rule.mode == split_mode::line) {
    if (segment.bytes != 0) return from.text[end - 1] != '\n';
    return !begins_document(from, segment);
  }
  if (from.rule.mode == split_mode::blank) {
    if (segment.bytes == 0) return !begins_document(from, segment);
    auto const last = end - 1;
    return from.text[last] != '\n' ||
           !(follows_blank(from, segment, last) || ends_run(from, segment, last));
  }
  if (segment.ends_file != 0) return true;
  // Nothing is open behind a separator line that is the last of the segment.
  auto const line = from.rule.separator_bytes + 1;
  if (segment.bytes < line || from.text[end - 1] != '\n') return true;
  auto const at = end - line;
  return !(starts_line(from, segment, at) && is_separator_line(from, segment, at));
}

// Where the contents end of a document that starts at `start` and is ended at `end` by a mark or by
// the end of its file.
SLUICE_HD inline std::uint32_t contents_end(split_source const& from, std::uint32_t start,
                                            std::uint32_t end) {
  bool const by_lines =
      from.rule.mode == split_mode::separator || from.rule.mode == split_mode::blank;
  bool const drop_line_end = by_lines && end > start;
  return drop_line_end && from.text[end - 1] == '\n' ? end - 1 : end;
}

}  // namespace sluice::detail
