// Is each document strict UTF-8? Judged piece by piece, with a state for the document left open.
//
//   Units    pieces; one flag per piece.
//   Owner    the caller keeps `open` from chunk to chunk, and begins it before the first one.
//   Streams  enqueued on the launch's stream; chunks of one text in order. No workspace.
//   Errors   misuse when `invalid` is not one flag per piece or `open` is not one element.
//
// Strict as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off.
// Bytes outside the pieces are not judged. invalid[i] is 1 or 0: for a piece that ends its document
// the verdict on the whole document, else on what has been seen of it, which may end inside a
// character. A chunk without pieces leaves `open` as it is.
//
// On a device the chunk is judged in fixed blocks, so one huge document is judged by all threads.

#pragma once

#include <cstdint>

#include <sluice/cuda/launch.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice {

// What is known of the open document: its last three bytes, zeros before its start, and a verdict.
struct utf8_state {
  std::uint8_t third_last = 0;
  std::uint8_t second_last = 0;
  std::uint8_t last = 0;
  std::uint8_t invalid = 0;

  friend bool operator==(utf8_state const&, utf8_state const&) = default;
};

// Nothing is open: before the first chunk of a text.
void begin_utf8(launch to, out<utf8_state> open);

void check_utf8(launch to, in<std::uint8_t> text, in<piece> pieces, inout<utf8_state> open,
                out<std::uint8_t> invalid);

}  // namespace sluice
