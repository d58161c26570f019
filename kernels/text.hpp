// Text in chunks: which files a chunk of text holds, and the pieces of documents it is split into.
//
//   Units    bytes; offsets count from the start of the chunk's text, which is below 2^30 bytes.
//   Owner    plain values; they lie in chunks beside the text they describe.
//
// A document may span many chunks. Its part inside one chunk is a piece; `begins` and `ends` say
// whether the document's first and last byte lie in it. So among the pieces of a chunk, in order,
// only the first can continue a document (begins = 0) and only the last can leave one open
// (ends = 0). The state that a kernel carries to the next chunk belongs to that open document.
//
// `unused` is there so that every stored byte is set: equal tables are equal bytes.

#pragma once

#include <cstdint>
#include <type_traits>

namespace sluice {

// The part of one file inside a chunk of text. The segments of a chunk tile its text in order; only
// the first can have begins_file = 0 and only the last ends_file = 0. Only one with ends_file = 1
// can have no bytes: an empty file, or a file of which only its end was left to tell.
struct text_segment {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint8_t begins_file = 0;
  std::uint8_t ends_file = 0;
  std::uint16_t unused = 0;

  friend bool operator==(text_segment const&, text_segment const&) = default;
};

// The part of one document inside a chunk of text. Pieces are in order and do not overlap; bytes
// between them (line ends, separator lines) belong to no document. A piece may have no bytes: an
// empty document, or the end of one whose terminator is the first byte of the chunk.
struct piece {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint8_t begins = 0;
  std::uint8_t ends = 0;
  std::uint16_t unused = 0;

  friend bool operator==(piece const&, piece const&) = default;
};

static_assert(std::has_unique_object_representations_v<text_segment>);
static_assert(std::has_unique_object_representations_v<piece>);
static_assert(sizeof(text_segment) == 12 && sizeof(piece) == 12);

}  // namespace sluice
