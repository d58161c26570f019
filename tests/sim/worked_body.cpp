#include <sim/algebra.hpp>
#include <sim/worked_body.hpp>

#include <algorithm>
#include <utility>

namespace sluice::test::sim {

namespace {

class worker {
 public:
  worker(task_plan const& plan, body_inputs const& with)
      : plan_(plan), with_(with), at_(with.first_item) {}

  worked_body run() {
    take_arguments();
    for (std::size_t i = 0; i < plan_.actions.size() && made_.ending.empty() && !surplus();)
      if (!take(plan_.actions[i], i)) break;
    for (outcome const& each : made_.values)
      made_.kept_bytes += plan_.plain ? each.stored : 0;  // until it returns
    return std::move(made_);
  }

 private:
  void take_arguments() {
    for (std::size_t i = 0; i < with_.given.size(); ++i) {
      if (plan_.inputs[i].how != form::value) continue;
      outcome const& one = with_.given[i];
      made_.kept_bytes += one.stored;
      // C9: it does not run; of two errors it is open which is met.
      made_.ending.insert(made_.ending.end(), one.errors.begin(), one.errors.end());
    }
  }

  bool surplus() const {  // C4
    bool const counted = plan_.returns != mode::stream && plan_.returns != mode::dynamic;
    return !plan_.plain && counted && made_.values.size() > count_of(plan_);
  }

  void needs(std::size_t bytes) { made_.most_bytes = std::max(made_.most_bytes, bytes); }

  // Moves `i` to what comes next; false when nobody will see more.
  bool take(action const& now, std::size_t& i) {
    bool more = false;  // items, so that the action comes again
    switch (now.what) {
      case verb::again:
        i = 0;
        return made_.values.size() <= with_.values_max;
      case verb::sleep:
        needs(rounded(now.k));
        break;
      case verb::scratch:
        needs((now.k % 4 == 3 ? 2 : 1) * rounded(now.n));
        break;
      case verb::fail:
        made_.ending = {
            error_of("task_error", plan_.runs_as(), plan_.plain ? 0 : made_.values.size())};
        break;
      case verb::next:
        take_item();
        break;
      case verb::each:
        more = take_item();
        if (more && made_.ending.empty()) make(now);
        break;
      case verb::yield:
        make(now);
    }
    if (!more) ++i;
    return true;
  }

  // False at the sequence's end.
  bool take_item() {
    bool const none = at_ == with_.items->size();
    item_ = none ? value_of(kind::bytes, {}) : (*with_.items)[at_++];
    if (item_.failed()) made_.ending = item_.errors;  // C5, C6: it has its place among the items
    return !none;
  }

  void make(action const& now) {
    std::size_t held = 0;
    blob operands[2];
    std::size_t const used = now.how == op::fill || now.how == op::count ? 0
                             : now.how == op::concat                     ? 2
                                                                         : 1;
    for (std::size_t which = 0; which < used; ++which) {
      int const number = which == 0 ? now.a : now.b;
      outcome const& from =
          number == the_item ? item_ : with_.given[static_cast<std::size_t>(number)];
      made_.ending = from.errors;  // of an inner ref, met when the body asks for it
      if (from.failed()) return;
      auto const& parts = from.seen.parts;
      operands[which] = parts.empty() ? little_endian(from.seen.number, 8)
                                      : parts[made_.values.size() % parts.size()];
      held += from.stored + rounded(8);
    }
    blob result = apply(now, operands[0], operands[1]);
    // The result and its partner or total, what a number is spelled into or fetched through.
    std::size_t const behind = now.goes_on() && !plan_.plain ? rounded(now.k % 256) : 0;
    needs(held + 2 * rounded(result.size()) + 2 * rounded(8) + behind);
    outcome value = value_of(plan_.values, std::move(result));
    if (now.how == op::part) value.stored = std::max(value.stored, held);
    made_.values.push_back(std::move(value));
  }

  task_plan const& plan_;
  body_inputs const& with_;
  worked_body made_;
  std::size_t at_;
  outcome item_ = value_of(kind::bytes, {});
};

}  // namespace

worked_body work_out(task_plan const& plan, body_inputs const& with) {
  return worker(plan, with).run();
}

std::size_t count_of(task_plan const& plan) {
  return plan.returns == mode::fixed ? plan.count : plan.returns == mode::single ? 1 : 0;
}

}  // namespace sluice::test::sim
