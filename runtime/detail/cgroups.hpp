// What the control groups of this process leave to it, of version 2 or 1.
//
//   Units    CPUs, as a share of time; bytes.
//   Errors   none: what cannot be read sets no limit.
//
// A limit is the least of the process's group and of all groups above it. `root` is put before
// /proc and /sys.

#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::detail {

std::optional<double> cgroup_cpus(std::string const& root = "");
std::optional<std::size_t> cgroup_memory_bytes(std::string const& root = "");

}  // namespace sluice::detail
