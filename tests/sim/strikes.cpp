#include <sim/strikes.hpp>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <ranges>
#include <set>
#include <string>

namespace sluice::test::sim {

namespace {

std::uint64_t struck(fault_counts const& faults, std::initializer_list<fault_site> sites) {
  std::uint64_t all = 0;
  for (fault_site const each : sites) all += faults.struck[static_cast<std::size_t>(each)];
  return all;
}

using origins = std::map<std::string, std::uint64_t>;  // faults that lead to errors of a kind

origins origins_of(fault_counts const& faults) {
  using enum fault_site;
  return {{"device_error", struck(faults, {allocate_device, allocate_pinned, give_copy, give_kernel,
                                           give_record, run_copy, run_kernel})},
          {"device_lost", struck(faults, {lose_device})},
          {"device_timeout", struck(faults, {hang})},
          {"bad_alloc", struck(faults, {allocate_frame, allocate_host})},
          {"io_error", struck(faults, {open_file, reserve_file, write_file, read_file})},
          {"out_of_disk", struck(faults, {open_file, reserve_file, write_file})},
          {"corruption", struck(faults, {flip_bit})}};
}

// C8: a fault at a call and one of a kernel hit the task that gave it, and nobody beside it. A copy
// may be made for several, and a device is everybody's.
bool hits_one_task_each(fault_counts const& faults) {
  using enum fault_site;
  return struck(faults, {allocate_device, allocate_pinned, run_copy, lose_device, hang}) == 0;
}

// What it reads may have been hit before.
bool depends_on_none(program const& all, std::string const& task) {
  auto const found = std::ranges::find(all.tasks, task, &task_plan::runs_as);
  return found != all.tasks.end() && std::ranges::none_of(found->inputs, [&](input const& each) {
           return each.from.of.front() != 'p';
         });
}

}  // namespace

bool any_struck(fault_counts const& faults) {
  return std::ranges::any_of(origins_of(faults) | std::views::values,
                             [](std::uint64_t times) { return times != 0; });
}

difference unexplained(program const& all, fault_counts const& faults,
                       std::vector<observation> const& saw) {
  origins const from = origins_of(faults);
  std::set<std::string> hit;
  for (std::size_t i = 0; i < saw.size(); ++i) {
    failure const& error = saw[i].error;
    auto const found = from.find(error.kind);
    if (is_of_fault(error) && (found == from.end() || found->second == 0))
      return {"unexplained: " + error.kind,
              "step " + std::to_string(i) + " (" + text_of(all.steps[i]) + "): saw " +
                  text_of(saw[i]) + "; no fault that leads to it has struck"};
    if (error.kind == "device_error" && depends_on_none(all, error.task)) hit.insert(error.task);
  }
  if (!hits_one_task_each(faults) || hit.size() <= from.at("device_error")) return {};
  std::string text = std::to_string(from.at("device_error")) + " faults of devices have hit " +
                     std::to_string(hit.size()) + " tasks:";
  for (std::string const& each : hit) text += " " + each;
  return {"more tasks than faults", text};
}

}  // namespace sluice::test::sim
