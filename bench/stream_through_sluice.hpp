// The measured stream as a Sluice program: a task on a CPU feeds chunks, one on the device scales
// each, one on a CPU takes it back.
//
//   Owner    the runtime is kept from run to run, and with it its memory.
//   Threads  one.
//   Errors   what a task met; std::runtime_error for a chunk that came back wrong.

#pragma once

#include <cstddef>

#include <bench/stream_chunks.hpp>
#include <sluice/runtime/runtime.hpp>

namespace sluice::bench {

// Chunks that the feeding task may have under way.
inline constexpr std::size_t stream_ahead = 8;

class stream_through_sluice {
 public:
  // On the first device of `world`.
  stream_through_sluice(machine world, std::size_t words);

  void run(std::size_t chunks, touch how);

 private:
  std::size_t const words_;
  runtime runtime_;
};

}  // namespace sluice::bench
