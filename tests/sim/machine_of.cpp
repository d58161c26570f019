#include <sim/machine_of.hpp>

#include <algorithm>
#include <utility>

#include <sluice/cuda/device.hpp>

namespace sluice::test::sim {

std::shared_ptr<fault_plan> faults_of(program const& all) {
  if (!all.has_faults()) return nullptr;
  auto made = std::make_shared<fault_plan>();
  made->draw(all.seed);
  return made;
}

machine machine_of(program const& all, std::shared_ptr<fault_plan> faults,
                   std::shared_ptr<hazard_log> hazards, std::optional<sim_order> order) {
  simulation_options options(all.seed);
  options.order = order;
  options.gpus = all.gpus;
  options.device_bytes = std::size_t{4} << 20;
  options.faults = std::move(faults);
  options.hazards = std::move(hazards);
  return machine::simulated(options);
}

machine cuda_machine_of(program const& all) {
  machine_parts parts;
  parts.seed = all.seed;
  parts.no_device_reason = "the program wants none";
  int const there = std::max(find_cuda().devices, 1);
  for (unsigned i = 0; i < all.gpus; ++i)
    parts.devices.push_back(open_cuda(static_cast<int>(i) % there));
  return machine(std::move(parts));
}

}  // namespace sluice::test::sim
