// The measured stream as one writes it without Sluice: some slots, each with a CUDA stream, pinned
// memory and device memory of its own, used in turn. Two slots are double buffering.
//
//   Owner    owns streams, events and memory; used on the first device.
//   Threads  one.
//   Errors   std::runtime_error: what CUDA said, or a chunk that came back wrong.

#pragma once

#include <cstddef>
#include <vector>

#include <bench/stream_chunks.hpp>

namespace sluice::bench {

class stream_by_hand {
 public:
  stream_by_hand(std::size_t words, std::size_t slots);
  ~stream_by_hand();
  stream_by_hand(stream_by_hand const&) = delete;
  stream_by_hand& operator=(stream_by_hand const&) = delete;

  // `chunks` chunks up, through the kernel and down again.
  void run(std::size_t chunks, touch how);

 private:
  struct slot;
  void finish(slot& each, std::size_t chunk, touch how) const;

  std::size_t const words_;
  std::vector<slot> slots_;
};

}  // namespace sluice::bench
