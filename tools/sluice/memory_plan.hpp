// How one limit, --memory, is divided, and how large a chunk of text may be for it.
//
//   Units    bytes, but for `pieces_max`, `chunks_in_flight`, `open_texts` and `documents_max`.
//   Owner    a pure function of the limits.
//   Errors   a limit below the least one is a usage_error.
//
// The parts add up to the limit exactly. docs/chunk.md has the formula in words and a table.

#pragma once

#include <cstddef>
#include <optional>

#include <sluice/runtime/machine.hpp>

namespace sluice::tool {

inline constexpr std::size_t memory_bytes_least = std::size_t{6} << 20;
inline constexpr std::size_t device_memory_bytes_least = std::size_t{1} << 20;

class memory_limits {
 public:
  explicit memory_limits(std::size_t bytes) : memory_bytes(bytes) {}

  std::size_t memory_bytes;
  std::optional<std::size_t> device_bytes;  // none: no device is used
};

struct memory_plan {
  std::size_t control_bytes;  // task records, frames, small values: not part of the store
  std::size_t writer_bytes;   // buffers of the output
  std::size_t pinned_bytes;   // staging for the device
  std::size_t host_bytes;     // everything else: chunks, tables, the list of documents

  std::size_t chunk_bytes;       // of text
  std::size_t pieces_max;        // of documents in a chunk, see text_reader
  std::size_t chunks_in_flight;  // read and not yet written, but for what waits for its end
  std::size_t open_texts;        // of earlier chunks, for comparisons
  std::size_t held_bytes;        // of host_bytes: what all stages hold at once at most
  std::size_t documents_max;     // distinct ones: the rest has room to remember them

  std::size_t total_bytes() const {
    return control_bytes + writer_bytes + pinned_bytes + host_bytes;
  }
};

// Where no limit is given: half of what the process may use.
std::size_t default_memory_bytes(machine const& world);

memory_plan plan_memory(memory_limits const& limits);

// What the stages hold at once in the worst case, by where they run, for chunks of this many bytes;
// what they do not hold can be spilled. The plan's bounds are made of these.
std::size_t held_on_host(std::size_t chunk_bytes, std::size_t open_texts);
std::size_t held_by_kernels(std::size_t chunk_bytes);

}  // namespace sluice::tool
