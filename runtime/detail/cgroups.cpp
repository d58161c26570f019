#include <sluice/runtime/detail/cgroups.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sluice::detail {

namespace {

// What one group's folder says.
template <class T>
using reader = std::optional<T> (*)(std::string const& folder);

template <class T>
void lower(std::optional<T>& least, std::optional<T> const& found) {
  if (found) least = std::min(least.value_or(*found), *found);
}

template <class T>
std::optional<T> least_of_parents(std::string const& mount, std::string group, reader<T> read) {
  std::optional<T> least;
  for (;;) {
    lower(least, read(mount + group));
    auto const slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

bool names(std::string const& controllers, std::string const& wanted) {
  std::istringstream list(controllers);
  for (std::string each; std::getline(list, each, ',');)
    if (each == wanted) return true;
  return false;
}

// Each line is "number:controllers:/group"; version 2 has number 0 and no controllers.
template <class T>
std::optional<T> least_limit(std::string const& root, std::string const& controller,
                             reader<T> version2, reader<T> version1) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string const mount = root + "/sys/fs/cgroup";
  std::optional<T> least;
  for (std::string line; std::getline(groups, line);) {
    auto const first = line.find(':');
    auto const second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string const controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    if (controllers.empty())
      lower(least, least_of_parents<T>(mount, group, version2));
    else if (names(controllers, controller))
      lower(least, least_of_parents<T>(std::string(mount).append("/").append(controllers), group,
                                       version1));
  }
  return least;
}

// Version 2: "QUOTA PERIOD", where QUOTA may be "max".
std::optional<double> read_cpu_max(std::string const& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0;
  double period = 0;
  if (file >> quota >> period && period > 0) return quota / period;
  return {};
}

// Version 1: two files; a quota of -1 is no limit.
std::optional<double> read_cfs_quota(std::string const& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us");
  std::ifstream period_file(folder + "/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota && period_file >> period && quota > 0 && period > 0)
    return quota / period;
  return {};
}

// A number, or "max". Version 1 says no limit by a number that no machine has.
std::optional<std::size_t> read_bytes(std::string const& file) {
  std::ifstream from(file);
  std::size_t bytes = 0;
  if (from >> bytes) return bytes;
  return {};
}
std::optional<std::size_t> read_memory_max(std::string const& folder) {
  return read_bytes(folder + "/memory.max");
}
std::optional<std::size_t> read_memory_limit(std::string const& folder) {
  return read_bytes(folder + "/memory.limit_in_bytes");
}

}  // namespace

std::optional<double> cgroup_cpus(std::string const& root) {
  return least_limit<double>(root, "cpu", read_cpu_max, read_cfs_quota);
}

std::optional<std::size_t> cgroup_memory_bytes(std::string const& root) {
  return least_limit<std::size_t>(root, "memory", read_memory_max, read_memory_limit);
}

}  // namespace sluice::detail
