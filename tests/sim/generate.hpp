// A program from a seed.
//
//   Units    sizes in bytes, mostly 16 to 256, a few to 4096.
//   Owner    values.
//
// Swarm: each seed leaves a random half of the features out, so that the others meet more often.

#pragma once

#include <cstdint>

#include <sim/program.hpp>

namespace sluice::test::sim {

program generate(std::uint64_t seed);

}  // namespace sluice::test::sim
