// Opening devices: the three drivers behind the seam, and why one cannot be had.
//
//   Units    bytes.
//   Owner    the caller owns the driver; it must outlive every stream, event and address of it.
//   Threads  any.
//   Errors   device_unavailable names the reason: no module built, no driver, driver too old, no
//            device, CUDA_VISIBLE_DEVICES empty, no such index. Never a crash.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice {

// Streams run at the call, memory is the host's.
std::unique_ptr<driver> open_host(trace* log = nullptr);

// What the simulated device does with one wait or event record, for tests that must fail without it.
struct sim_options {
  std::uint64_t seed = 1;
  int index = 0;
  std::size_t memory_bytes = std::size_t{256} << 20;
  std::optional<wait_reason> skip_waits;  // this kind of edge is not there: results must differ
  trace* log = nullptr;
};

// Streams run late, in any order that stream order, events and syncs allow, chosen by the seed.
// Memory is poisoned when it changes hands.
std::unique_ptr<driver> open_sim(sim_options const& options);

// How many CUDA devices can be opened here, and if none, why.
struct cuda_presence {
  int devices = 0;
  std::string reason;  // empty when devices > 0
};
cuda_presence find_cuda();
std::unique_ptr<driver> open_cuda(int index, trace* log = nullptr);

}  // namespace sluice
