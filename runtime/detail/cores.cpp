#include <sluice/runtime/detail/cores.hpp>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

#if SLUICE_HAS_HWLOC
#include <hwloc.h>
#endif

namespace sluice::detail {

namespace {

unsigned cores_by_affinity() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return static_cast<unsigned>(CPU_COUNT(&allowed));
  return std::thread::hardware_concurrency();  // more cores than the mask has bits
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

using quota_reader = std::optional<double> (*)(std::string const& folder);

// The least quota of the group and of all groups above it.
std::optional<double> least_quota(std::string const& mount, std::string group, quota_reader read) {
  std::optional<double> least;
  for (;;) {
    if (auto const here = read(mount + group)) least = std::min(least.value_or(*here), *here);
    auto const slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

bool names_cpu(std::string const& controllers) {
  std::istringstream list(controllers);
  for (std::string each; std::getline(list, each, ',');)
    if (each == "cpu") return true;
  return false;
}

}  // namespace

// Each line is "number:controllers:/group"; version 2 has number 0 and no controllers.
std::optional<double> cgroup_cpus(std::string const& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string const mount = root + "/sys/fs/cgroup";
  std::optional<double> least;
  for (std::string line; std::getline(groups, line);) {
    auto const first = line.find(':');
    auto const second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string const controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    std::optional<double> found;
    if (controllers.empty())
      found = least_quota(mount, group, read_cpu_max);
    else if (names_cpu(controllers))
      found =
          least_quota(std::string(mount).append("/").append(controllers), group, read_cfs_quota);
    if (found) least = std::min(least.value_or(*found), *found);
  }
  return least;
}

unsigned usable_cores() {
  unsigned cores = std::max(1U, cores_by_affinity());
  if (auto const quota = cgroup_cpus())
    cores = std::min(cores, std::max(1U, static_cast<unsigned>(std::ceil(*quota))));
  return cores;
}

#if SLUICE_HAS_HWLOC

std::string describe_topology() {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return "unknown topology";
  std::string text = "unknown topology";
  if (hwloc_topology_load(topology) == 0) {
    auto const count = [topology](hwloc_obj_type_t type, std::string const& name) {
      int const number = hwloc_get_nbobjs_by_type(topology, type);
      return std::to_string(number) + " " + name + (number == 1 ? "" : "s");
    };
    text = count(HWLOC_OBJ_PACKAGE, "package") + ", " + count(HWLOC_OBJ_NUMANODE, "NUMA node") +
           ", " + count(HWLOC_OBJ_CORE, "core") + ", " + count(HWLOC_OBJ_PU, "hardware thread");
  }
  hwloc_topology_destroy(topology);
  return text;
}

#else

std::string describe_topology() {
  unsigned const threads = std::max(1U, std::thread::hardware_concurrency());
  return std::to_string(threads) + " hardware thread" + (threads == 1 ? "" : "s");
}

#endif

}  // namespace sluice::detail
