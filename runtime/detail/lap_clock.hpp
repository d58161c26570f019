// When the last step on this worker ended. A step that follows at once begins there, so that one
// look at the clock serves both.
//
//   Units    nanoseconds of the machine's clock; zero: not known.
//   Threads  each has its own.
//   Flow     executor (stopped when a worker had nothing to run) -> step_record

#pragma once

#include <chrono>

#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

class lap_clock {
 public:
  static std::chrono::nanoseconds begin(os_waits const& clock) noexcept {
    return last_ != std::chrono::nanoseconds::zero() ? last_ : clock.now();
  }
  static std::chrono::nanoseconds end(os_waits const& clock) noexcept {
    return last_ = clock.now();
  }
  // What follows does not begin where the last step ended.
  static void stop() noexcept { last_ = std::chrono::nanoseconds::zero(); }

 private:
  static inline thread_local constinit std::chrono::nanoseconds last_{0};
};

}  // namespace sluice::detail
