// The machine that a random program runs on.
//
//   Errors   device_unavailable where there is no CUDA device, with the reason.

#pragma once

#include <memory>
#include <optional>

#include <sim/program.hpp>
#include <sluice/cuda/faults.hpp>
#include <sluice/cuda/hazards.hpp>
#include <sluice/cuda/sim_order.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test::sim {

// Null when nothing is to go wrong.
std::shared_ptr<fault_plan> faults_of(program const& all);
// `hazards` null: the first one ends the process. `order` empty: the seed draws it.
machine machine_of(program const& all, std::shared_ptr<fault_plan> faults,
                   std::shared_ptr<hazard_log> hazards = nullptr,
                   std::optional<sim_order> order = {});

// With as many CUDA devices as the program wants; where there are fewer, one serves as several.
machine cuda_machine_of(program const& all);

}  // namespace sluice::test::sim
