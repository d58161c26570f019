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
#include <sluice/cuda/sim_order.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice {

// Streams run at the call, memory is the host's.
std::unique_ptr<driver> open_host(trace* log = nullptr);

class fault_plan;
class hazard_log;

// What is done to find kernels that touch device memory outside their views.
enum class kernel_watch : std::uint8_t {
  nothing,
  writes,            // a kernel runs alone, and what lies outside its views is garbage meanwhile
  writes_and_reads,  // and twice, with other garbage: what it computes must be the same
};

struct sim_options {
  std::uint64_t seed = 1;
  std::optional<sim_order> order;  // empty: the seed changes between several
  int index = 0;
  std::size_t memory_bytes = std::size_t{256} << 20;
  // Stream waits of this kind are dropped, for tests that must fail without them.
  std::optional<wait_reason> skip_waits;
  // Shared by the devices of one machine (cuda/hazards.hpp). Null: the device has one of its own,
  // and the process ends with the first hazard.
  std::shared_ptr<hazard_log> hazards;
  // The host reaches the memory only while an operation runs: a touch by host code ends
  // the process with a report. Empty: with one of eight seeds, where the memory is small.
  std::optional<bool> guard_memory;
  // Empty: `writes` with another one of eight seeds, where the memory is small.
  std::optional<kernel_watch> watch_kernels;
  std::shared_ptr<fault_plan> faults;  // cuda/faults.hpp. Null: nothing goes wrong
  trace* log = nullptr;
};

// Streams run late, in any order that stream order, events and syncs allow, chosen by the seed: the
// work runs in the threads that ask whether it is done. Memory is garbage until it is written, and
// again when it changes hands. detail/sim_driver.hpp has the rules.
std::unique_ptr<driver> open_sim(sim_options const& options);

// How many CUDA devices can be opened here, and if none, why.
struct cuda_presence {
  int devices = 0;
  std::string reason;  // empty when devices > 0
};
cuda_presence find_cuda();
std::unique_ptr<driver> open_cuda(int index, trace* log = nullptr);

}  // namespace sluice
