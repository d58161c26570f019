#include <sim/memory_needs.hpp>

#include <algorithm>
#include <functional>
#include <numeric>

namespace sluice::test::sim {

void memory_needs::note_object(std::size_t bytes) {
  largest_ = std::max(largest_, bytes);
}

void memory_needs::note_task(task_plan const& plan, worked_body const& body) {
  std::size_t const bytes = body.kept_bytes + body.most_bytes;
  // A function without arguments has memory only while it runs: no more of them than workers.
  if (plan.plain && plan.inputs.empty())
    functions_.push_back(bytes);
  else
    needed_ += bytes;
  bool const waits =
      plan.returns == mode::stream || plan.inputs.size() > 1 ||
      std::ranges::any_of(plan.inputs, [](input const& each) { return each.how != form::value; });
  holders_.push_back({&plan, bytes, waits});
}

std::size_t memory_needs::enough() const {
  std::vector<std::size_t> functions = functions_;
  std::ranges::sort(functions, std::greater());
  functions.resize(std::min<std::size_t>(functions.size(), all_.workers));
  std::size_t const needed = std::reduce(functions.begin(), functions.end(), needed_);
  // For the main program, and on the way to a device.
  return needed == 0 ? largest_ : needed + 2 * largest_;
}

std::size_t memory_needs::enough_for_oldest() const {
  return beside_the_oldest() + (holders_.empty() ? 0 : holders_.front().own());
}

// Younger tasks are in nobody's way, but those that may hold memory while they wait for something
// else. The main program's readings are younger, too.
std::set<std::string> memory_needs::safe_with(std::size_t bytes) const {
  std::set<std::string> found;
  std::size_t held = beside_the_oldest();
  for (holder const& each : holders_) {
    held += each.own();
    // A function does not wait for others; and an error names what a task is called.
    bool const counts = !each.plan->plain && each.plan->called.empty();
    if (held <= bytes && counts && !all_.has_faults()) found.insert(each.plan->name);
  }
  return found;
}

std::size_t memory_needs::beside_the_oldest() const {
  std::size_t held = all_.gpus == 0 ? 0 : 2 * largest_;  // on the way to a device
  for (holder const& each : holders_) held += each.waits_for_others ? each.bytes : 0;
  return held;
}

}  // namespace sluice::test::sim
