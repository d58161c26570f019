// What the runtime does to its machine: puts a watch before each device (watched_driver.hpp).
//
//   Units    nanoseconds of the machine's clock.
//   Threads  watch_devices() before anybody has a device of the machine; watched() from any.

#pragma once

#include <chrono>
#include <span>

#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

struct machine_access {
  static void watch_devices(machine& on, std::chrono::nanoseconds timeout);
  static std::span<watched_driver* const> watched(machine const& on) noexcept;
};

}  // namespace sluice::detail
