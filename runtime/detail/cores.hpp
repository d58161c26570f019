// How many cores and how much memory this process may use, and what the cores look like.
//
//   Units    hardware threads, as the scheduler of the system counts them; bytes.
//   Errors   none: what cannot be read sets no limit.

#pragma once

#include <cstddef>
#include <string>

namespace sluice::detail {

// The smaller of the affinity mask and the cgroup quota, rounded up; at least 1.
unsigned usable_cores();

// The smaller of the machine's memory and the cgroup limit.
std::size_t usable_memory_bytes();

std::string describe_topology();

}  // namespace sluice::detail
