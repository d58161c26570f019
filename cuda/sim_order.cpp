#include <sluice/cuda/sim_order.hpp>

#include <array>

namespace sluice {

namespace {

constexpr std::array<std::string_view, sim_order_count> names{
    "uniform", "priorities", "starve_stream", "starve_task",
    "newest",  "eager",      "at_sync",       "slow_copies"};

}  // namespace

std::string_view name_of(sim_order order) noexcept {
  return names[static_cast<std::size_t>(order)];
}

std::optional<sim_order> sim_order_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<sim_order>(i);
  return {};
}

std::string sim_order_names() {
  std::string all;
  for (std::string_view const each : names) {
    if (!all.empty()) all += ", ";
    all += each;
  }
  return all;
}

}  // namespace sluice
