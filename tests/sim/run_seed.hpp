// One program through oracle, runtime and comparison.
//
//   Units    bytes.
//   Owner    values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <sim/compare.hpp>
#include <sim/execute.hpp>
#include <sim/program.hpp>
#include <sim/setting.hpp>

namespace sluice::test::sim {

class verdict {
 public:
  verdict() = default;

  program ran;  // the program of the last run, with its limits in bytes
  difference failed;

  bool suspended = false;  // for memory or a window
  bool spilled = false;
  bool met_user_error = false;
  bool exact = false;     // nothing was open in it
  std::size_t modes = 0;  // of the tasks that were submitted
  std::uint64_t trace_hash = 0;
  bool refused = false;  // by the faults, before it began
  fault_counts faults;
};

// A program whose limit is a fraction runs twice: without limits, where its peak is measured, and
// with that part of it.
verdict judge(program const& all, setting const& where = {});

// A smaller program that fails as `failing` did, as `judges` finds it. One that fails now and then
// is tried a few times.
program shrunk(verdict const& failing, std::function<verdict(program const&)> const& judges);

}  // namespace sluice::test::sim
