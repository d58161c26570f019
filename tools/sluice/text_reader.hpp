// Fills buffers with the bytes of all input files, one behind the other, so that each buffer can be
// split into documents without knowing what came before or comes after.
//
//   Units    offsets and sizes are bytes of the buffer.
//   Owner    keeps the paths, one open file and the segments of the last fill.
//   Threads  one thread at a time.
//   Errors   what the system refuses is an io_error with the path. A file that changes while it is
//            read gives old and new bytes.
//   Flow     input_files -> text_reader -> split -> piece table
//
// A *chunk* is one filled buffer; its *segments* are the files or parts of files in it, in order and
// without gaps. Only the first segment may continue a file, only the last may stop inside one. A
// segment of no bytes ends its file: an empty file, or one whose end is seen only now.
//
// A *piece* is what a chunk holds of one document. A chunk's piece table is two arrays, offset and
// bytes, in order. Documents may be larger than chunks, which takes two bits per chunk:
//   continues   the first piece goes on with the document of the chunk before. Every other piece is
//               the first of its document.
//   unfinished  the last piece's document goes on in the next chunk. Every other piece is the last
//               of its document.
// Either way such a piece exists, if only with no bytes.
//
// How to split, for a segment with bytes b[0, n); `in` means: the first segment of a chunk that
// continues; `closed` means: the segment ends its file.
//   file       one piece [0, n).
//   line       a piece for each \n, from behind the \n before it (or 0) up to it, and the rest behind
//              the last \n if it has bytes, or if `in` and b has no \n.
//   separator  A line is a separator if it equals SEP, unless it starts at 0 and `in`. It needs its
//              \n; only in a closed segment a last line of at least one byte does without. Contents
//              are the bytes before, between and behind the separator lines (a line includes its
//              \n). Each content is a piece, without its last \n if it ends with one. But the one
//              behind the last separator line, if the segment is not closed, keeps all its bytes,
//              and if it has none it is no piece.
//
// This works because a chunk never stops where more bytes could change what is before them: not
// behind a \n that may be the last of its document, nor inside a line that may still become a
// separator. Such bytes (at most 1 + the separator's) are left to the next chunk, which reads them
// again from the file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sluice/tools/files.hpp>
#include <sluice/tools/split_rule.hpp>

namespace sluice::tool {

struct segment {
  std::uint32_t offset;
  std::uint32_t bytes;
  bool begins_file;
  bool ends_file;
};

struct text_fill {
  std::size_t bytes;
  bool continues;
  bool unfinished;
  std::span<segment const> segments;  // until the next fill; none: the input is at its end
};

class text_reader {
 public:
  static constexpr std::size_t pieces_least = 4;

  // A chunk of fewer bytes might not get past an undecided separator.
  static std::size_t buffer_bytes_least(split_rule const& rule) {
    return rule.separator().size() + 2;
  }

  // No chunk splits into more than `pieces_max` pieces or has more segments: text of very short
  // lines comes in smaller chunks, so that tables of this size always suffice.
  text_reader(std::vector<std::string> paths, split_rule rule, std::size_t pieces_max);

  text_fill fill(std::span<std::byte> buffer);

 private:
  struct taken {
    std::size_t bytes;
    std::size_t line_ends;
    bool file_ends;
  };

  std::size_t pieces_beside_lines() const;
  taken take(std::span<std::byte> into, std::size_t line_ends_max);
  bool add_segment(std::span<std::byte> buffer, std::size_t& used, std::size_t& pieces_left);
  bool is_document_start(std::string_view text, std::size_t at) const;
  std::size_t decided(std::string_view text) const;

  std::vector<std::string> const paths_;
  split_rule const rule_;
  std::size_t const pieces_max_;

  std::size_t path_ = 0;      // of the file to read next
  std::uint64_t offset_ = 0;  // in it
  bool inside_ = false;       // a document began and goes on at offset_
  file_handle file_;
  std::vector<segment> segments_;
};

}  // namespace sluice::tool
