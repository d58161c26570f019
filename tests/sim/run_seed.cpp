#include <sim/machine_of.hpp>
#include <sim/oracle.hpp>
#include <sim/run_seed.hpp>
#include <sim/shrink.hpp>
#include <sim/strikes.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace sluice::test::sim {

namespace {

bool is_users(observation const& seen) {
  return seen.error.kind == "task_error" || seen.error.kind == "wrong_return_count";
}

bool nothing_open(expectation const& must) {
  return must.instead.size() <= 1 && must.cancelled.empty() && !must.short_of_memory &&
         !must.anything;
}

std::size_t modes_of(program const& all) {
  std::set<mode> modes;
  for (task_plan const& each : all.tasks)
    modes.insert(each.returns == mode::none || each.returns == mode::single ? mode::fixed
                                                                            : each.returns);
  return modes.size();
}

// Behind faults that have stopped, a program sees what it must: all, but for what a device had that
// is gone, or hangs.
difference compare_again(program const& all, execution const& made) {
  program without = all;
  auto const struck = [&](fault_site site) {
    return made.faults.struck[static_cast<std::size_t>(site)] != 0;
  };
  bool const lost = struck(fault_site::lose_device) || struck(fault_site::hang);
  if (!lost) without.faults = going_wrong::nothing;
  // What the first run left may lie between two halves of a device's memory, and be in use.
  prediction must = predict(without, all.gpus > 0);
  std::erase_if(must.safe, [&](std::string const& task) {
    return all.gpus > 0 && all.find(task)->where != target::cpu;
  });
  difference found = compare(all, must, made.seen_again);
  if (found) found = difference("again: " + found.rule, "after the faults: " + found.text);
  return found;
}

// Whether it holds what others yielded while it waits for something else: then a window gives way
// to it only when nothing moves.
bool holds_and_waits(program const& all, task_plan const& plan) {
  bool const waits =
      plan.returns == mode::stream ||
      std::ranges::any_of(plan.inputs, [](input const& each) { return each.how != form::value; });
  return waits && std::ranges::any_of(plan.inputs, [&](input const& each) {
           task_plan const* const from = all.find(each.from.of);
           return each.how == form::value && from != nullptr && from->returns == mode::stream;
         });
}

// With memory for all and nothing broken, something can always move but in a knot.
bool may_stall(program const& all, execution const& made) {
  bool const knots = std::ranges::count(all.steps, doing::knot, &step::what) != 0;
  return all.memory.how != limits::given::ample || any_struck(made.faults) || knots ||
         std::ranges::any_of(all.tasks,
                             [&](task_plan const& each) { return holds_and_waits(all, each); });
}

difference compare_all(program const& all, prediction const& must, execution const& made) {
  if (made.refused) return {};
  if (difference found = compare(all, must, made.seen)) return found;
  if (difference found = unexplained(all, made.faults, made.seen)) return found;
  if (!made.seen_again.empty())
    if (difference found = compare_again(all, made)) return found;
  if (made.stalls != 0 && !may_stall(all, made))
    return {"stalled", std::to_string(made.stalls) + " times nothing moved, with all there is"};
  if (made.left_behind.empty()) return {};
  return {"left behind", "not given back: " + made.left_behind};
}

machine machine_in(setting const& where, program const& all,
                   std::shared_ptr<fault_plan> const& faults) {
  if (where.cuda) return cuda_machine_of(all);
  auto const nobody = hazard_options(hazard_response::ignore);
  auto const hazards = where.unchecked ? std::make_shared<hazard_log>(nobody) : nullptr;
  return machine_of(all, faults, hazards, where.order);
}

execution run(program const& all, setting const& where, verdict& into) {
  std::shared_ptr<fault_plan> const faults = faults_of(all);
  execution const made = execute(all, machine_in(where, all, faults), faults.get());
  program met = all;
  if (!any_struck(made.faults)) met.faults = going_wrong::nothing;
  prediction const must = predict(met);
  into.ran = all;
  into.trace_hash = into.trace_hash * 31 + made.trace_hash;
  into.failed = compare_all(all, must, made);
  into.faults.add(made.faults);
  into.refused |= made.refused;
  into.suspended |= made.waits_for_memory + made.waits_for_window > 0;
  into.spilled |= made.spilled_bytes > 0;
  into.met_user_error |= std::any_of(made.seen.begin(), made.seen.end(), is_users);
  into.exact = std::all_of(must.steps.begin(), must.steps.end(), nothing_open);
  return made;
}

}  // namespace

verdict judge(program const& all, setting const& where) {
  verdict made;
  made.modes = modes_of(all);
  if (all.memory.how != limits::given::fraction) {
    run(all, where, made);
    return made;
  }
  program ample = all;
  ample.memory = limits();
  ample.faults = going_wrong::nothing;
  execution const measured = run(ample, where, made);
  if (!made.failed) run(with_limits(all, measured, predict(all)), where, made);
  return made;
}

program shrunk(verdict const& failing, std::function<verdict(program const&)> const& judges) {
  int const tries = failing.failed.rule == "hang" ? 1 : 3;
  return shrink(failing.ran, [&](program const& candidate) {
    for (int i = 0; i < tries; ++i)
      if (judges(candidate).failed.rule == failing.failed.rule) return true;
    return false;
  });
}

}  // namespace sluice::test::sim
