// What becomes of the documents of chunks that are not decided as a whole, since a document that is
// still open has bytes in them.
//
//   Units    pieces, bytes, tokens.
//   Owner    holds the chunks of text that wait; their bytes may be spilled meanwhile.
//   Threads  one at a time.
//   Flow     begin_chunk -> (take -> decide)... -> take_decided

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include <sluice/kernels/text.hpp>
#include <sluice/tools/document_index.hpp>
#include <sluice/tools/flow.hpp>

namespace sluice::tool {

// A chunk whose documents may not all be decided. The flags are few where it matters: of the chunks
// that wait for one huge document all but the first have one piece.
class pending_text {
 public:
  explicit pending_text(value<split_text> from);

  value<split_text> source;
  std::vector<std::uint8_t> keep;  // per piece
  std::size_t token_count = 0;
  std::size_t open_length = 0;  // of the last piece, while its document is open
  document_counts counts;       // of the documents that end here
};

class decisions {
 public:
  void begin_chunk(value<split_text> source);

  // The piece belongs to the open document from here on. True: the document ends with it.
  bool take(std::size_t index, piece const& part);
  document_place first() const noexcept { return first_; }
  // The chunk of its first byte, and where it begins there; it is not decided yet.
  text const& first_text() const {
    return *pending_[first_.chunk - decided_number()].source->source;
  }
  std::uint32_t first_offset() const noexcept { return first_offset_; }
  std::uint64_t number() const noexcept { return decided_documents_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return bytes_ == 0; }
  // What became of the document that ended with `part`.
  void decide(std::size_t index, piece const& part, std::uint64_t document_counts::* outcome);

  // The oldest chunk, once nothing in it is open; and its number.
  bool has_decided() const noexcept;
  std::uint32_t decided_number() const noexcept { return begun_ - pending_count(); }
  pending_text take_decided();

 private:
  std::uint32_t pending_count() const noexcept {
    return static_cast<std::uint32_t>(pending_.size());
  }

  std::deque<pending_text> pending_;  // the last of all chunks begun
  std::uint32_t begun_ = 0;
  document_place first_;  // of the open document, or of the last one
  std::uint32_t first_offset_ = 0;
  std::uint64_t bytes_ = 0;  // of it so far
  std::uint64_t decided_documents_ = 0;
  bool open_ = false;
};

}  // namespace sluice::tool
