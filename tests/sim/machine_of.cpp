#include <sim/machine_of.hpp>

#include <utility>

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

}  // namespace sluice::test::sim
