// A program in a process of its own, so that one that crashes or hangs is a failure like others.
//
//   Units    seconds.
//   Owner    the child ends before the call does.
//   Errors   std::runtime_error when the system gives no process.

#pragma once

#include <sim/run_seed.hpp>

namespace sluice::test::sim {

verdict judge_isolated(program const& all, unsigned limit_s, setting const& where = {});

}  // namespace sluice::test::sim
