// What goes wrong on one simulated device: its sites of the machine's fault plan, and its loss.
//
//   Owner    the device; the plan is shared with whatever else of the machine has sites.
//   Threads  under the device's mutex.
//   Streams  what is refused at the call was not enqueued, and its stream goes on. What fails when
//            it runs takes its stream along. What hangs keeps its stream, and only that, for ever.
//            Of a lost device nothing runs any more.
//   Errors   device_error with the code CUDA has for it; device_lost, from then on for every call.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/cuda/detail/sim_queue.hpp>
#include <sluice/cuda/faults.hpp>

namespace sluice::detail {

class sim_faults {
 public:
  sim_faults(std::shared_ptr<fault_plan> plan, int device) noexcept
      : plan_(std::move(plan)), device_(device) {}

  // At a call.
  void refuse_memory(fault_site site, std::size_t bytes) const;
  void refuse(fault_site site, std::string_view call) const;
  void refuse_if_lost(std::string_view call) const;

  // When a kernel or a copy is about to run: what hits it instead; null when it runs.
  failure_ref hit(sim_operation const& operation);
  // Then, of what was not hit: whether it begins and never ends.
  bool hangs() const noexcept { return strikes(fault_site::hang); }
  // Null while the device is there.
  failure_ref const& lost() const noexcept { return lost_; }

 private:
  bool strikes(fault_site site) const noexcept { return plan_ != nullptr && plan_->strikes(site); }

  std::shared_ptr<fault_plan> const plan_;
  int const device_;
  failure_ref lost_;
};

}  // namespace sluice::detail
