// Which pools of memory a place uses.

#pragma once

#include <vector>

#include <sluice/runtime/place.hpp>
#include <sluice/store/tier.hpp>

namespace sluice::detail {

class scheduler;

// Those that a task at `where` makes chunks in, preferred first.
std::vector<location> pools_at(scheduler& home, place where);
// Those of the host, preferred first: what a device copies to and from best.
std::vector<location> host_pools(scheduler& home);
// What a reading at `where` must be in reach of.
location reach_of(place where);

}  // namespace sluice::detail
