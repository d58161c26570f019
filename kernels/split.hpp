// Splits a chunk of text into pieces of documents, in order: by file, line, separator lines or
// blank lines.
//
//   Units    bytes of text; elements of pieces and plan.
//   Owner    the caller makes count, plan and pieces, and keeps the plan between the launches.
//   Streams  two launches at the same place, on one stream or ordered by the caller: split_count
//            leaves the number of pieces in `count` and its marks in `plan`; the host fetches the
//            count, and split_table fills a table of exactly that size.
//   Errors   misuse: a count that is not one element, a plan or a workspace that is too small, text
//            of 2^30 bytes or more, a separator that has a line end or more than
//            separator_bytes_max. A table of another size than was counted is internal_error where
//            the host runs the work; on a device what does not fit is left out, and what is too
//            much is zeros.
//
// Only '\n' ends a line. `at_start` says that no document is open when the chunk begins: its first
// byte, if it has one, begins a document. A segment with begins_file says so as well.
//
//   file       Each segment is a piece, with begins = begins_file and ends = ends_file.
//   line       A document ends before each '\n' and at the end of a file. What follows the last
//              '\n' of a file is a document only if it has a byte, so an empty file has none.
//   separator  A separator line is a whole line equal to the separator, ended by '\n' or, unless
//              it is empty, by the end of the file. Documents are what stands before, between and
//              after the separator lines of a file, each without its last '\n' if it ends with one.
//              Empty ones count: an empty file is one empty document; "a\n%" and "a\n%\n" are both
//              "a" and "". An empty separator is the empty line.
//   blank      Documents are the runs of lines that are not empty, each without its last '\n': what
//              an empty separator gives, but for its empty documents. An empty file has none.
//
// A piece is made where a document ends, and at the end of the chunk for an open document that has
// a byte in it (in file mode for any segment). So a document may end with an empty piece, which
// has begins = 0 and ends = 1, and one whose first byte comes in the next chunk begins there.
//
// What split needs to see must lie in one chunk. In separator mode, and in blank mode as with an
// empty separator, a chunk that does not end with its file therefore never ends inside an undecided
// separator: a '\n' that may be the last of its document, or a prefix of "\nSEP\n", or at a
// document's start a prefix of "SEP\n", goes whole into the next chunk. The text reader cuts so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sluice/cuda/launch.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice {

inline constexpr std::size_t separator_bytes_max = 256;

enum class split_mode : std::uint8_t { file, line, separator, blank };

// How to split; a plain value that travels to the kernel, so the separator is a plain array.
struct split_rule {
  static split_rule by_file() noexcept;
  static split_rule by_line() noexcept;
  static split_rule by_separator(std::string_view separator);
  static split_rule by_blank_lines() noexcept;

  std::uint8_t separator[separator_bytes_max] = {};
  std::uint32_t separator_bytes = 0;
  split_mode mode = split_mode::file;
};

// The size of what is to be split.
struct text_extent {
  std::size_t bytes = 0;
  std::size_t segments = 0;
};

// Elements of the plan, and bytes of workspace for split_count. split_table needs no workspace.
std::size_t split_plan_size(text_extent const& extent) noexcept;
std::size_t split_workspace_bytes(text_extent const& extent) noexcept;

void split_count(launch to, in<std::uint8_t> text, in<text_segment> segments,
                 split_rule const& rule, bool at_start, out<std::uint32_t> plan,
                 out<std::uint32_t> count);

void split_table(launch to, in<std::uint8_t> text, in<text_segment> segments,
                 split_rule const& rule, bool at_start, in<std::uint32_t> plan, out<piece> pieces);

}  // namespace sluice
