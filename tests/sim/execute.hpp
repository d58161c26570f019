// Runs a program on a runtime and tells what its main program saw and what was left behind. Under
// faults that stop, it runs once more behind them.
//
//   Units    bytes.
//   Owner    the runtime of a run ends with the call.
//   Threads  the calling thread is the main program.
//   Errors   what a step throws is what it sees; nothing else is caught.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sim/oracle.hpp>
#include <sim/program.hpp>
#include <sluice/cuda/faults.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test::sim {

class fault_counts {
 public:
  using by_site = std::array<std::uint64_t, fault_site_count>;

  void add(fault_counts const& more);

  by_site visits{};
  by_site struck{};
};

class execution {
 public:
  execution() = default;

  std::vector<observation> seen;  // one per step
  std::vector<observation> seen_again;
  bool refused = false;  // by the faults, the memory that a store begins with: nothing was run
  fault_counts faults;
  std::string left_behind;  // what was not given back, in words; empty when all was

  std::size_t device_peak = 0;  // of the fullest device
  std::size_t pinned_peak = 0;
  std::size_t host_peak = 0;

  std::size_t waits_for_memory = 0;
  std::size_t waits_for_window = 0;
  std::size_t spilled_bytes = 0;
  std::uint64_t stalls = 0;
  std::uint64_t trace_hash = 0;  // of the order in which everything ran
};

// `all.memory` is ample or in bytes; a fraction is of a peak that with_limits() is told.
// `faults` is that of the machine, or null.
execution execute(program const& all, machine on, fault_plan* faults);

// The program with its fraction turned into bytes of these peaks, and no less than it is promised.
program with_limits(program const& all, execution const& ample, prediction const& must);

}  // namespace sluice::test::sim
