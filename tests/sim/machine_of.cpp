#include <sim/machine_of.hpp>

namespace sluice::test::sim {

machine machine_of(std::uint64_t seed, program const& all) {
  simulation_options options(seed);
  options.gpus = all.gpus;
  options.device_bytes = std::size_t{4} << 20;
  return machine::simulated(options);
}

}  // namespace sluice::test::sim
