// The machine that a random program runs on.

#pragma once

#include <cstdint>

#include <sim/program.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test::sim {

machine machine_of(std::uint64_t seed, program const& all);

}  // namespace sluice::test::sim
