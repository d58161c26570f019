#include <sim/machine_of.hpp>

#include <utility>
#include <vector>

namespace sluice::test::sim {

machine machine_of(std::uint64_t seed, program const& all) {
  std::vector<sim_options> devices(all.gpus);
  for (sim_options& each : devices) each.seed = seed;
  return machine::with_simulated_devices(std::move(devices));
}

}  // namespace sluice::test::sim
