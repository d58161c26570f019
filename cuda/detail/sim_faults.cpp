#include <sluice/cuda/detail/sim_faults.hpp>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

namespace {

// CUDA's codes for the same.
constexpr int out_of_memory_code = 2;
constexpr int uncorrectable_memory = 214;
constexpr int out_of_resources = 701;
constexpr int launch_failure = 719;
constexpr int unknown_error = 999;

constexpr char const* by_plan = "the fault plan of this simulated machine says so";

}  // namespace

void sim_faults::refuse_memory(fault_site site, std::size_t bytes) const {
  if (!strikes(site)) return;
  char const* const kind =
      site == fault_site::allocate_pinned ? " bytes of pinned" : " bytes of device";
  throw device_error("allocation of " + std::to_string(bytes) + kind + " memory",
                     out_of_memory_code, by_plan);
}

void sim_faults::refuse(fault_site site, std::string_view call) const {
  if (!strikes(site)) return;
  throw device_error(call, site == fault_site::give_kernel ? out_of_resources : unknown_error,
                     by_plan);
}

void sim_faults::refuse_if_lost(std::string_view call) const {
  if (lost_ != nullptr) throw device_lost(call, lost_->code, lost_->text);
}

failure_ref sim_faults::hit(sim_operation const& operation) {
  if (lost_ != nullptr || plan_ == nullptr) return lost_;
  std::string const name = operation.name();
  if (strikes(fault_site::lose_device)) {
    lost_ = std::make_shared<sim_failure>(
        name, uncorrectable_memory,
        "simulated device " + std::to_string(device_) + " was lost here: " + by_plan,
        sim_failure::lasts::for_device);
    return lost_;
  }
  bool const is_kernel = std::holds_alternative<sim_kernel>(operation.what);
  if (!strikes(is_kernel ? fault_site::run_kernel : fault_site::run_copy)) return nullptr;
  return std::make_shared<sim_failure>(name, launch_failure, by_plan);
}

}  // namespace sluice::detail
