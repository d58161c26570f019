#include <sim/algebra.hpp>
#include <sim/memory_needs.hpp>
#include <sim/oracle.hpp>
#include <sim/outcome.hpp>
#include <sim/worked_body.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace sluice::test::sim {

namespace {

constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

// A task that was submitted. What its body does is worked out at once.
struct record {
  task_plan const* plan = nullptr;
  std::vector<outcome> items;      // the values, then the error, if there is one
  bool failed = false;             // the last item is an error
  bool handle = false;             // the main program has its handle or outer ref
  bool opened = false;             // its outer ref was met
  std::size_t taken = 0;           // of a stream, by whoever has the handle
  std::vector<ref_name> inputs;    // index `whole`: a sequence
  record const* source = nullptr;  // of a sequence, and which of its items comes first
  std::size_t begins = 0;
  std::size_t known = 0;             // so many of its values are known to be published
  std::size_t cancelled_at = whole;  // C12: values from here on may be cancelled instead
  bool anything = false;
};

class interpreter {
 public:
  interpreter(program const& all, std::size_t least_bytes, bool short_of_memory)
      : all_(all), least_(least_bytes), short_(short_of_memory), needs_(all) {}

  prediction run() {
    prediction made;
    for (step const& each : all_.steps) {
      expectation& next = made.steps.emplace_back();
      next.seen.what = sight::absent;
      next.short_of_memory = short_;
      next.faults = all_.has_faults();
      take(each, next);
    }
    made.safe = needs_.safe_with(least_);
    made.enough_for_oldest = needs_.enough_for_oldest();
    made.enough_bytes = needs_.enough();
    return made;
  }

 private:
  // C12: whose cancel may be met instead of this value. Published values go on, and so does what
  // depends only on them.
  void open_ends(ref_name const& of, expectation& into, std::set<std::string> met = {}) {
    auto const found = tasks_.find(of.of);
    if (found == tasks_.end()) {
      auto const parent = parents_.find(of.of);
      if (parent == parents_.end()) return;
      into.where_none_is.emplace("misuse", "");  // it is shorter than what was asked for
      return open_ends(parent->second, into, std::move(met));
    }
    record const& made = found->second;
    if (made.cancelled_at != whole && of.index >= made.cancelled_at)
      into.cancelled.insert(made.plan->runs_as());
    into.anything |= made.anything;
    add_errors_of(*made.plan, into);
    if (!met.insert(of.of).second) return;
    for (ref_name const& each : made.inputs) open_ends(each, into, met);
  }

  static void add_errors_of(task_plan const& plan, expectation& into) {
    if (std::ranges::count(plan.actions, verb::fail, &action::what) != 0)
      into.where_none_is.emplace("task_error", plan.runs_as());
    if (plan.returns != mode::stream && plan.returns != mode::dynamic)
      into.where_none_is.emplace("wrong_return_count", plan.runs_as());
    if (plan.where == target::gpu0 || plan.where == target::gpu1)
      into.where_none_is.emplace("device_unavailable", "");
  }

  outcome const* held(ref_name const& ref) const {
    auto const found = refs_.find({ref.of, ref.index});
    return found == refs_.end() ? nullptr : &found->second;
  }
  record* submitted(std::string const& name) {
    auto const found = tasks_.find(name);
    return found == tasks_.end() ? nullptr : &found->second;
  }
  void hold(ref_name const& ref, outcome what) {
    needs_.note_object(what.stored);
    refs_[{ref.of, ref.index}] = std::move(what);
  }
  void meet(outcome const& what, expectation& next) {
    next.seen = what.seen;
    if (!what.failed()) return;
    next.seen.error = what.errors.front();
    next.instead = what.errors;
  }

  void take(step const& now, expectation& next) {
    record* const task = submitted(now.of.of);
    bool const handle = task != nullptr && task->handle;
    bool const streams = handle && task->plan->returns == mode::stream;
    bool const grows = handle && task->plan->returns == mode::dynamic;
    switch (now.what) {
      case doing::put:
        hold({now.of.of, 0}, value_of(kind::bytes, filled(now.n, now.k)));
        break;
      case doing::slice:
        return slice(now, next);
      case doing::submit:
        return submit(*all_.find(now.of.of), next);
      case doing::get:
      case doing::copy:
        if (outcome const* const ref = held(now.of)) {
          meet(*ref, next);
          if (task != nullptr) learn(*task, now.of.index, ref->failed());
        }
        return open_ends(now.of, next);
      case doing::wait:
        if (outcome const* const ref = held(now.of)) meet(*ref, next);
        return open_ends(now.of, next);
      case doing::next:
        open_ends({now.of.of, streams ? task->taken : whole}, next);
        if (!streams) return;
        next.seen.what = task->taken == task->items.size() ? sight::end : sight::item;
        if (next.seen.what == sight::end) return learn(*task, 0, true);
        hold({now.of.of, task->taken}, task->items[task->taken]);
        learn(*task, task->taken, task->items[task->taken].failed());
        ++task->taken;
        return;
      case doing::open:
      case doing::yielded:  // after open() only, since before it the count is open
        open_ends({now.of.of, whole}, next);
        if (!grows || (now.what == doing::yielded && !task->opened)) return;
        task->known = whole;
        task->opened = true;
        if (now.what == doing::open && task->failed) return meet(task->items.back(), next);
        next.seen.what = sight::count;
        for (outcome const& each : task->items)
          if (!each.failed()) hold({now.of.of, next.seen.number++}, each);
        return;
      case doing::release:
        refs_.erase({now.of.of, now.of.index});
        break;
      case doing::drop:  // C12: what it stops, nobody can name
        if (task != nullptr) task->handle = false;
        break;
      case doing::cancel:  // C12: cancel against end has one of two outcomes, unless one is known
        if (task != nullptr && task->known != whole)
          task->cancelled_at = std::min(task->cancelled_at, task->known);
        break;
      case doing::knot:  // C15
        return meet(failed_with({error_of("deadlock_detected", "", {}),
                                 error_of("deadlock_detected", "knot", 0)}),
                    next);
    }
    next.seen.what = sight::nothing;
  }

  // Values are published in order, and an error or a last value when the body has ended.
  void learn(record& task, std::size_t index, bool failed) {
    bool const fixed = task.plan->returns != mode::stream && task.plan->returns != mode::dynamic;
    if (failed || (fixed && index + 1 >= count_of(*task.plan)))
      task.known = whole;
    else if (task.known != whole)
      task.known = std::max(task.known, index + 1);
  }

  void slice(step const& now, expectation& next) {
    outcome const* const parent = held(now.from);
    open_ends(now.from, next);
    task_plan const* const plan = all_.find(now.from.of);
    parents_[now.of.of] = now.from;  // a value that a cancel keeps back may be there after all
    if (parent == nullptr || (plan != nullptr && plan->values != kind::bytes)) return;
    next.seen.what = sight::nothing;
    if (parent->failed()) return hold({now.of.of, 0}, *parent);
    blob const& all = parent->seen.parts.front();
    if (now.k > all.size() || now.n > all.size() - now.k)
      return hold({now.of.of, 0}, failed_with({error_of("misuse", "", {})}));
    auto const first = all.begin() + static_cast<std::ptrdiff_t>(now.k);
    outcome part = value_of(kind::bytes, blob(first, first + static_cast<std::ptrdiff_t>(now.n)));
    part.stored = parent->stored;
    hold({now.of.of, 0}, std::move(part));
  }

  void submit(task_plan const& plan, expectation& next) {
    record& made = tasks_[plan.name];
    made.plan = &plan;
    std::vector<outcome> given;
    bool absent = false;
    for (input const& each : plan.inputs) {
      bool const sequence = is_sequence(each.how);
      if (sequence) made.source = submitted(each.from.of);
      made.inputs.push_back(sequence ? ref_name{each.from.of, whole} : each.from);
      open_ends(made.inputs.back(), next);
      bool const there = sequence ? made.source && made.source->handle : held(each.from) != nullptr;
      given.push_back(there && !sequence ? *held(each.from) : outcome());
      absent |= !there;
    }
    if (absent) return;
    bool const missing = (plan.where == target::gpu0 && all_.gpus < 1) ||
                         (plan.where == target::gpu1 && all_.gpus < 2);
    // C10, C16: nothing is created, and a handle stays with its owner.
    if (missing) return meet(failed_with({error_of("device_unavailable", "", {})}), next);
    next.seen.what = sight::nothing;
    // What was taken off a stream may have been its error: then the rest ends without one. C3: and
    // so does a sequence behind values that a device failed to make.
    for (input const& each : plan.inputs) {
      if (each.how == form::stream) made.begins = made.source->taken;
      made.anything |= made.begins > 0 && (short_ || !next.cancelled.empty());
      made.anything |= is_sequence(each.how) && all_.has_faults() && all_.gpus > 0;
    }
    made.handle = plan.returns == mode::stream || plan.returns == mode::dynamic;
    auto const* const items = made.source != nullptr ? &made.source->items : nullptr;
    worked_body body = work_out(plan, {given, items, made.begins, all_.takes_max()});
    needs_.note_task(plan, body);
    finish(made, std::move(body.values), body.ending);
    for (input const& each : plan.inputs)
      if (each.how == form::stream) submitted(each.from.of)->handle = false;
  }

  // C2, C4, C5, C6, C8: where values and error go.
  void finish(record& made, std::vector<outcome> values, std::vector<failure> const& ending) {
    task_plan const& plan = *made.plan;
    if (plan.plain && !ending.empty()) values.clear();  // it has returned nothing
    if (plan.returns == mode::stream || plan.returns == mode::dynamic) {
      made.items = std::move(values);
      made.failed = !ending.empty();
      if (made.failed) made.items.push_back(failed_with(ending));
      return;
    }
    std::size_t const asked = count_of(plan);
    std::size_t const got = values.size();
    bool const whole_count = plan.plain && plan.returns == mode::single ? got > 0 : got == asked;
    outcome const rest =
        failed_with(got > asked || ending.empty()
                        ? std::vector{wrong_count(plan.runs_as(), asked, std::min(got, asked + 1))}
                        : ending);
    bool const well = ending.empty() && whole_count;
    if (plan.returns == mode::none) hold({plan.name, 0}, well ? value_of(kind::number, {}) : rest);
    for (std::size_t i = 0; i < asked; ++i)
      hold({plan.name, i}, i < got && (well || i + 1 < asked) ? values[i] : rest);
  }

  program const& all_;
  std::size_t const least_;  // in the smallest tier that tasks use
  bool const short_;
  std::map<std::string, record> tasks_;
  std::map<std::pair<std::string, std::size_t>, outcome> refs_;  // those of the main program
  std::map<std::string, ref_name> parents_;                      // of slices
  memory_needs needs_;
};

}  // namespace

prediction predict(program const& all, bool fragmented) {
  limits const& given = all.memory;
  bool const limited = given.how == limits::given::bytes;
  std::size_t const least = !limited       ? whole
                            : all.gpus > 0 ? std::min(given.host, given.device)
                                           : given.host;
  prediction made = interpreter(all, least, false).run();
  bool const less = least < made.enough_bytes || (limited && fragmented);
  return less || all.has_faults() ? interpreter(all, least, true).run() : made;
}

}  // namespace sluice::test::sim
