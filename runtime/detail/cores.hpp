// How many cores this process may use, and what they look like.
//
//   Units    hardware threads, as the scheduler of the system counts them.
//   Errors   none: what cannot be read sets no limit.

#pragma once

#include <optional>
#include <string>

namespace sluice::detail {

// The smaller of the affinity mask and the cgroup quota, rounded up; at least 1.
unsigned usable_cores();

// The CPU quota of the calling process, from its control groups and their parents, of version 2 or
// 1; none when there is no limit. `root` is put before /proc and /sys.
std::optional<double> cgroup_cpus(std::string const& root = "");

std::string describe_topology();

}  // namespace sluice::detail
