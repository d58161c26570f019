// How a driver writes its operations into a trace, which may be absent.
//
//   Owner    the trace is borrowed.
//   Threads  any.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice::detail {

// The views of a kernel: its accesses without its workspace.
inline std::uint64_t view_bytes(kernel_call const& call) noexcept {
  std::uint64_t bytes = 0;
  for (access const& each : call.accesses)
    if (call.workspace_bytes == 0 || each.begin != call.workspace) bytes += each.bytes;
  return bytes;
}

class trace_writer {
 public:
  trace_writer(trace* log, std::string device) : log_(log), device_(std::move(device)) {}

  explicit operator bool() const noexcept { return log_ != nullptr; }
  std::uint64_t tick() const noexcept { return log_ != nullptr ? log_->next_tick() : 0; }
  std::uint64_t now_ns() const noexcept { return log_ != nullptr ? log_->now_ns() : 0; }

  // `record` has kind, name, begin and ticks; `stream` counts the device's streams.
  void add(trace_record record, std::uint64_t stream) const {
    if (log_ == nullptr) return;
    record.track = device_ + " stream " + std::to_string(stream);
    log_->add(std::move(record));
  }

 private:
  trace* const log_;
  std::string const device_;
};

}  // namespace sluice::detail
