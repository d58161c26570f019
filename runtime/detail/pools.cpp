#include <sluice/runtime/detail/pools.hpp>
#include <sluice/runtime/detail/scheduler.hpp>

namespace sluice::detail {

std::vector<location> host_pools(scheduler& home) {
  std::vector<location> pools;
  if (home.store().figures(location(tier::pinned)).limit_bytes > 0)
    pools.emplace_back(tier::pinned);
  pools.emplace_back(tier::host);
  return pools;
}

std::vector<location> pools_at(scheduler& home, place where) {
  if (where.which() == place::kind::gpu) return {location(tier::device, where.device())};
  return host_pools(home);
}

location reach_of(place where) {
  if (where.which() == place::kind::gpu) return location(tier::device, where.device());
  return location(tier::host);
}

}  // namespace sluice::detail
