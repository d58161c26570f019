// How one limit, --memory, is divided, and how large a chunk of text may be for it.
//
//   Units    bytes, but for `pieces_max`, `chunks_in_flight` and `documents_max`.
//   Owner    a pure function of the request.
//   Errors   a limit below the least one is a usage_error.
//
// The parts add up to the limit exactly. docs/chunk.md has the formula in words and a table.

#pragma once

#include <cstddef>
#include <optional>

namespace sluice::tool {

inline constexpr std::size_t memory_bytes_least = std::size_t{6} << 20;
inline constexpr std::size_t device_memory_bytes_least = std::size_t{1} << 20;

class memory_request {
 public:
  explicit memory_request(std::size_t bytes) : memory_bytes(bytes) {}

  std::size_t memory_bytes;
  std::optional<std::size_t> device_bytes;  // none: no device is used
  std::size_t threads = 1;
};

struct memory_plan {
  std::size_t control_bytes;  // task records, frames, small values
  std::size_t writer_bytes;   // buffers of the output
  std::size_t pinned_bytes;   // staging for the device
  std::size_t host_bytes;     // everything else: chunks, tables, the list of documents

  std::size_t chunk_bytes;       // of text
  std::size_t pieces_max;        // of documents in a chunk, see text_reader
  std::size_t chunks_in_flight;  // read and not yet written
  std::size_t documents_max;     // distinct ones, as far as host memory goes

  std::size_t total_bytes() const {
    return control_bytes + writer_bytes + pinned_bytes + host_bytes;
  }
};

// What one byte of text in flight may cost in the worst case, all tables and workspaces included.
inline constexpr std::size_t bytes_per_text_byte = 16;
inline constexpr std::size_t bytes_per_document = 16;

memory_plan plan_memory(memory_request const& request);

}  // namespace sluice::tool
