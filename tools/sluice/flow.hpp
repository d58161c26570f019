// What flows between the stages of `sluice chunk`: one value per chunk of text, each holding the
// one before it, so that a chunk of text lives until all that is made of it has been written.
//
//   Units    bytes, but for `pieces`, `tokens` and the counts, which are numbers of them.
//   Owner    counted values; their chunks move through the tiers together.
//   Flow     read -> split -> utf8 -> hash -> dedup -> tokenise -> write

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sluice/runtime/object_ref.hpp>
#include <sluice/store/chunk.hpp>

namespace sluice::tool {

// Where the first byte of a chunk of text is from.
struct text_origin {
  std::size_t file;
  std::uint64_t offset;  // in it
};

// read: bytes of the input, and which files they are of.
class text {
 public:
  text(chunk text_bytes, chunk file_segments, text_origin from, bool goes_on)
      : bytes(std::move(text_bytes)),
        segments(std::move(file_segments)),
        origin(from),
        continues(goes_on) {}

  std::array<chunk, 2> chunks() const { return {bytes, segments}; }

  chunk bytes;     // u8
  chunk segments;  // text_segment
  text_origin origin;
  bool continues;  // the first piece goes on with a document of the chunk before
};

// split: the pieces of documents in it.
class split_text {
 public:
  split_text(value<text> from, chunk table, std::size_t count)
      : source(std::move(from)), pieces(std::move(table)), piece_count(count) {}

  std::array<chunk, 1> chunks() const { return {pieces}; }

  value<text> source;
  chunk pieces;  // piece
  std::size_t piece_count;
};

// utf8: which documents are not.
class checked_text {
 public:
  checked_text(value<split_text> from, chunk flags)
      : source(std::move(from)), invalid(std::move(flags)) {}

  std::array<chunk, 1> chunks() const { return {invalid}; }

  value<split_text> source;
  chunk invalid;  // u8 per piece
};

// hash: of the documents that end here.
class hashed_text {
 public:
  hashed_text(value<checked_text> from, chunk per_piece)
      : source(std::move(from)), hashes(std::move(per_piece)) {}

  std::array<chunk, 1> chunks() const { return {hashes}; }

  value<checked_text> source;
  chunk hashes;  // u64 per piece
};

// Documents, by what became of them. Each is one of kept, duplicate, invalid and empty.
struct document_counts {
  std::uint64_t documents = 0;
  std::uint64_t kept = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t invalid = 0;
  std::uint64_t empty = 0;
  std::uint64_t text_bytes = 0;

  document_counts& operator+=(document_counts const& more) {
    documents += more.documents;
    kept += more.kept;
    duplicate += more.duplicate;
    invalid += more.invalid;
    empty += more.empty;
    text_bytes += more.text_bytes;
    return *this;
  }
};

// dedup: what is kept. The counts are of the documents that end in this chunk.
class decided_text {
 public:
  decided_text(value<split_text> from, chunk flags, std::size_t tokens, document_counts of)
      : source(std::move(from)), keep(std::move(flags)), token_count(tokens), counts(of) {}

  std::array<chunk, 1> chunks() const { return {keep}; }

  value<split_text> source;
  chunk keep;  // u8 per piece
  std::size_t token_count;
  document_counts counts;
};

// tokenise: the ids of the kept pieces, behind each other.
class token_run {
 public:
  token_run(value<decided_text> from, chunk ids)
      : source(std::move(from)), tokens(std::move(ids)) {}

  std::array<chunk, 1> chunks() const { return {tokens}; }

  value<decided_text> source;
  chunk tokens;  // u16
};

}  // namespace sluice::tool
