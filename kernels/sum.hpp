// The sum of unsigned integers, left in device memory.
//
//   Units    elements in, one 64-bit element out; the sum wraps at 2^64.
//   Streams  enqueued on the launch's stream, with sum_workspace_bytes(values.size()) of workspace.
//   Errors   misuse when `total` is not one element or the workspace is too small.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/cuda/launch.hpp>

namespace sluice {

std::size_t sum_workspace_bytes(std::size_t count) noexcept;

void sum(launch to, in<std::uint32_t> values, out<std::uint64_t> total);
void sum(launch to, in<std::uint8_t> values, out<std::uint64_t> total);

}  // namespace sluice
