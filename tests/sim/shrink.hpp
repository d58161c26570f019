// A smaller program that still fails.

#pragma once

#include <cstddef>
#include <functional>

#include <sim/program.hpp>

namespace sluice::test::sim {

// Drops steps, tasks, actions and inputs, then simplifies settings, then sizes, as long as `fails`
// says that what is left still fails in the same way; asks at most `asks_max` times.
program shrink(program failing, std::function<bool(program const&)> const& fails,
               std::size_t asks_max = 2000);

}  // namespace sluice::test::sim
