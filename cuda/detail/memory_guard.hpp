// Device memory that the host cannot reach: without access rights but while a device works on it,
// and in builds with AddressSanitizer poisoned but for what the running operations declared.
//
//   Units    bytes; extents begin and end with pages.
//   Owner    of one simulated device; extents are removed before they are unmapped.
//   Threads  one at a time; the driver calls it under its mutex. The fault may come on any thread.
//   Errors   a touch by the host is told on stderr, as a hazard host_access, and ends the process
//            with hazard_exit_code. Other faults go to the handler that was there before, which is
//            kept: one handler for the process, put there with the first guarded device.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sluice/cuda/detail/sim_memory.hpp>

namespace sluice::detail {

class hazard_state;

class memory_guard {
 public:
  explicit memory_guard(hazard_state& hazards, bool guards) : hazards_(hazards), guards_(guards) {}
  ~memory_guard();
  memory_guard(memory_guard const&) = delete;
  memory_guard& operator=(memory_guard const&) = delete;

  void add(byte_range extent);
  void remove(byte_range extent) noexcept;

  // Between these the memory can be reached, under AddressSanitizer the given ranges of it;
  // they nest. Ranges elsewhere are left alone.
  void open(std::span<byte_range const> ranges);
  void close(std::span<byte_range const> ranges) noexcept;
  static bool wants_ranges() noexcept;

 private:
  void protect(int rights) noexcept;
  void poison(byte_range range) const noexcept;

  hazard_state& hazards_;
  bool const guards_;
  unsigned open_ = 0;
  std::vector<byte_range> extents_;
  std::vector<byte_range> in_use_;
};

}  // namespace sluice::detail
