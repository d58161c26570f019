// Counting up: values[i] = first + i.
//
//   Units    elements; the sum wraps at 2^32.
//   Streams  enqueued on the launch's stream. No workspace.

#pragma once

#include <cstdint>

#include <sluice/cuda/launch.hpp>

namespace sluice {

void iota(launch to, out<std::uint32_t> values, std::uint32_t first);

}  // namespace sluice
