// Whether the faults that struck in a run explain the errors that its main program saw.
//
//   Owner    values.

#pragma once

#include <vector>

#include <sim/compare.hpp>
#include <sim/execute.hpp>
#include <sim/program.hpp>

namespace sluice::test::sim {

// Something an error can come from: less than asked for in one call of a disk is none.
bool any_struck(fault_counts const& faults);

// An error of a kind that no site that struck leads to, or more tasks that were hit than faults.
difference unexplained(program const& all, fault_counts const& faults,
                       std::vector<observation> const& saw);

}  // namespace sluice::test::sim
