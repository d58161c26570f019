// Time and blocking on the real machine: the steady clock and the system's condition variables.
//
//   Units    nanoseconds of std::chrono::steady_clock.

#pragma once

#include <memory>

#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

std::unique_ptr<os_waits> make_real_waits();

}  // namespace sluice::detail
