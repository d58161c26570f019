// A 64-bit hash per document, piece by piece, with a state for the document left open.
//
//   Units    pieces; one hash per piece. `bits`, 1 to 64: the hash keeps its low bits.
//   Owner    the caller keeps `open` from chunk to chunk, and begins it before the first one.
//   Streams  enqueued on the launch's stream; chunks of one text in order. No workspace.
//   Errors   misuse when `hashes` is not one per piece, `open` not one element, bits out of range.
//   Source   XXH64 with seed 0, github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
//
// hashes[i] is the hash of the whole document for a piece that ends it, else 0. A chunk without
// pieces leaves `open` as it is.
//
// On a device each piece is one thread's work: fit for many documents a chunk, slow for huge ones.

#pragma once

#include <cstdint>

#include <sluice/cuda/launch.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice {

// XXH64 between two pieces of a document; all zero when none is open. Plain arrays, since device
// code cannot call the members of std::array.
struct hash_state {
  std::uint64_t lanes[4] = {};
  std::uint64_t bytes = 0;  // hashed so far; the last bytes % 32 of them wait in `rest`
  std::uint8_t rest[32] = {};

  friend bool operator==(hash_state const&, hash_state const&) = default;
};

// Nothing is open: before the first chunk of a text.
void begin_hash(launch to, out<hash_state> open);

void hash_documents(launch to, in<std::uint8_t> text, in<piece> pieces, std::uint32_t bits,
                    inout<hash_state> open, out<std::uint64_t> hashes);

}  // namespace sluice
