// Copies of whole chunks between pools.
//
//   Units    bytes.
//   Threads  called without the store's mutex, with the source counted as open.
//   Streams  the copy is behind the write of its source and the last users of its target; what it
//            returns is behind the copy.
//   Errors   device_error; io_error and corruption from disk.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/store/detail/store_state.hpp>

namespace sluice::detail {

// Up to this many bytes an event of its own costs more than it gains.
inline constexpr std::size_t small_copy_bytes = std::size_t{64} << 10;

// What a copy reads, as it was under the mutex.
struct copy_source {
  copy_source(replica const& from, std::size_t size) : of(from), ready(from.ready), bytes(size) {}

  replica const& of;
  event const ready;
  std::size_t const bytes;
  // The copy was given, and its device was given up: it may read its source for ever.
  bool mutable never_over = false;
};

// Host memory to a device: on `stream` when small, else on a lane of the device.
event copy_up(store_state& state, copy_source const& from, block& to, stream_ref stream);
// Device to host memory, on a lane of the device.
event copy_down(store_state& state, copy_source const& from, block& to, wait_reason reason);
// Between kinds of host memory. The source must be ready.
void copy_across(store_state const& state, copy_source const& from, block& to);
// From disk, checked.
void read_back(store_state& state, copy_source const& from, block& to);

}  // namespace sluice::detail
