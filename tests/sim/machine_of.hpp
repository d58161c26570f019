// The machine that a random program runs on.

#pragma once

#include <memory>

#include <sim/program.hpp>
#include <sluice/cuda/faults.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test::sim {

// Null when nothing is to go wrong.
std::shared_ptr<fault_plan> faults_of(program const& all);
machine machine_of(program const& all, std::shared_ptr<fault_plan> faults);

}  // namespace sluice::test::sim
