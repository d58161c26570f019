// Fills buffers with the bytes of all input files, one behind the other, so that each buffer can be
// split into documents without knowing what came before or comes after.
//
//   Units    offsets and sizes are bytes of the buffer.
//   Owner    keeps the paths, one open input and the segments of the last fill.
//   Threads  one thread at a time.
//   Errors   what the system refuses is an io_error with the path. A file that changes while it is
//            read gives old and new bytes.
//   Flow     input_files -> text_source -> text_reader -> split -> piece table
//
// A chunk is one filled buffer with its segments (kernels/text.hpp). kernels/split.hpp has the
// rules by which it is split; they need to know of the chunk before only whether it `continues`:
// whether its first piece goes on with a document of that chunk. If a chunk is `unfinished`, the
// document of its last piece goes on in the next one. Documents may be larger than chunks.
//
// This works because a chunk never stops where more bytes could change what is before them: not
// behind a \n that may be the last of its document, nor inside a line that may still become a
// separator. Such bytes (at most 1 + the separator's) are left to the next chunk: they are given
// back to the input. A chunk may stop behind a \n that another \n follows: that one is text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/kernels/text.hpp>
#include <sluice/tools/path_list.hpp>
#include <sluice/tools/stop_event.hpp>
#include <sluice/tools/text_source.hpp>

namespace sluice::tool {

struct text_fill {
  std::size_t bytes;
  bool continues;
  bool unfinished;
  std::size_t file;      // of the first segment; each further one is of the next file
  std::uint64_t offset;  // of the first segment in its file
  std::span<text_segment const> segments;  // until the next fill; none: the input is at its end
};

class text_reader {
 public:
  static constexpr std::size_t pieces_least = 4;

  // A chunk of fewer bytes might not get past an undecided separator.
  static std::size_t buffer_bytes_least(split_rule const& rule) { return rule.separator_bytes + 2; }

  // No chunk splits into more than `pieces_max` pieces or has more segments: text of very short
  // lines comes in smaller chunks, so that tables of this size always suffice. `stop` ends waits
  // for standard input.
  text_reader(path_list paths, split_rule rule, std::size_t pieces_max,
              std::shared_ptr<stop_event const> stop = {});

  text_reader(text_reader const&) = delete;
  text_reader& operator=(text_reader const&) = delete;

  text_fill fill(std::span<std::byte> buffer);

 private:
  struct taken {
    std::size_t bytes;
    std::size_t read_bytes;  // more, when the last of them are behind the last line that fits
    std::size_t line_ends;
    bool file_ends;
  };

  bool by_whole_lines() const;
  std::size_t pieces_beside_lines() const;
  taken take(std::span<std::byte> into, std::size_t line_ends_max);
  bool add_segment(std::span<std::byte> buffer, std::size_t& used, std::size_t& pieces_left);
  bool is_document_start(std::string_view text, std::size_t at) const;
  std::size_t decided(std::string_view text) const;

  path_list const paths_;
  split_rule const rule_;
  std::size_t const pieces_max_;

  path_list::iterator path_;  // of the file to read next
  std::size_t file_ = 0;      // its number
  std::uint64_t offset_ = 0;  // in it
  bool inside_ = false;       // a document began and goes on at offset_
  text_source source_;
  std::vector<text_segment> segments_;
};

}  // namespace sluice::tool
