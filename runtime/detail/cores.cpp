#include <sluice/runtime/detail/cgroups.hpp>
#include <sluice/runtime/detail/cores.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
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

}  // namespace

std::size_t usable_memory_bytes() {
  long const pages = ::sysconf(_SC_PHYS_PAGES);
  long const page = ::sysconf(_SC_PAGESIZE);
  std::size_t bytes = std::size_t{4} << 30;  // where the system does not say
  if (pages > 0 && page > 0)
    bytes = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
  return std::min(bytes, cgroup_memory_bytes().value_or(bytes));
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
