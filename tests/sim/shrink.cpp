#include <sim/shrink.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::test::sim {

namespace {

class shrinker {
 public:
  shrinker(program failing, std::function<bool(program const&)> const& fails, std::size_t asks_max)
      : best_(std::move(failing)), fails_(fails), asks_left_(asks_max) {}

  program run() {
    bool smaller = true;
    while (smaller && asks_left_ > 0) {
      smaller = drop_parts([](program& p) -> auto& { return p.steps; });
      smaller |= drop_parts([](program& p) -> auto& { return p.tasks; });
      for (std::size_t i = 0; i < best_.tasks.size(); ++i) {
        smaller |= drop_parts([i](program& p) -> auto& { return p.tasks[i].actions; });
        smaller |= drop_values(i);
        smaller |= drop_inputs(i);
        smaller |= simplify_task(i);
      }
      smaller |= simplify_settings();
      smaller |= lower_sizes();
    }
    return std::move(best_);
  }

 private:
  bool better(program const& candidate) {
    if (asks_left_ == 0 || candidate == best_ || !fault_of(candidate).empty()) return false;
    --asks_left_;
    if (!fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  // Halves first, then quarters, down to one.
  template <class Part>
  bool drop_parts(Part const& part) {
    bool smaller = false;
    for (std::size_t width = std::max<std::size_t>(part(best_).size(), 1); width > 0; width /= 2)
      for (std::size_t at = 0; at < part(best_).size();) {
        program candidate = best_;
        auto& all = part(candidate);
        std::size_t const end = std::min(at + width, all.size());
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(at),
                  all.begin() + static_cast<std::ptrdiff_t>(end));
        if (better(candidate))
          smaller = true;
        else
          at += width;
      }
    return smaller;
  }

  // A value goes with its action; the refs behind it move up.
  bool drop_values(std::size_t task) {
    bool smaller = false;
    for (std::size_t at = 0; at < best_.tasks[task].actions.size();) {
      program candidate = best_;
      task_plan& plan = candidate.tasks[task];
      auto const gone = plan.actions.begin() + static_cast<std::ptrdiff_t>(at);
      auto const index = static_cast<std::size_t>(
          std::ranges::count(plan.actions.begin(), gone, verb::yield, &action::what));
      bool const yields = gone->what == verb::yield;
      plan.actions.erase(gone);
      if (plan.count > 0 && yields) --plan.count;
      auto const move_up = [&](ref_name& ref) {
        if (yields && ref.of == plan.name && ref.index > index) --ref.index;
      };
      for (task_plan& each : candidate.tasks)
        for (input& given : each.inputs) move_up(given.from);
      for (step& each : candidate.steps) {
        move_up(each.of);
        move_up(each.from);
      }
      if (better(candidate))
        smaller = true;
      else
        ++at;
    }
    return smaller;
  }

  // An input goes with what names it; those behind it move up.
  bool drop_inputs(std::size_t task) {
    bool smaller = false;
    for (std::size_t at = 0; at < best_.tasks[task].inputs.size();) {
      program candidate = best_;
      task_plan& plan = candidate.tasks[task];
      plan.inputs.erase(plan.inputs.begin() + static_cast<std::ptrdiff_t>(at));
      int const gone = static_cast<int>(at);
      for (action& each : plan.actions)
        for (int* const operand : {&each.a, &each.b}) {
          if (*operand == gone) *operand = the_item;
          if (*operand > gone) --*operand;
        }
      if (better(candidate))
        smaller = true;
      else
        ++at;
    }
    return smaller;
  }

  template <class Change>
  bool change(Change const& to) {
    program candidate = best_;
    to(candidate);
    return better(candidate);
  }

  static void become_fill(action& made) {
    constexpr std::uint32_t bytes = 64;
    made.how = op::fill;
    made.a = made.b = the_item;
    made.n = bytes;
  }

  bool simplify_task(std::size_t i) {
    bool smaller = change([i](program& p) { p.tasks[i].plain = false; });
    smaller |= change([i](program& p) { p.tasks[i].where = target::cpu; });
    smaller |= change([i](program& p) { p.tasks[i].values = kind::bytes; });
    smaller |= change([i](program& p) {
      p.tasks[i].window_objects = task_plan().window_objects;
      p.tasks[i].window_bytes = task_plan().window_bytes;
    });
    for (std::size_t k = 0; k < best_.tasks[i].actions.size(); ++k)
      if (best_.tasks[i].actions[k].how != op::fill)
        smaller |= change([i, k](program& p) { become_fill(p.tasks[i].actions[k]); });
    smaller |= change([i](program& p) {
      for (input& each : p.tasks[i].inputs)
        if (each.how == form::inner) each.how = form::value;
    });
    return smaller;
  }

  bool simplify_settings() {
    bool smaller = change([](program& p) { p.memory = limits(); });
    smaller |= change([](program& p) { p.faults = going_wrong::nothing; });
    smaller |= change([](program& p) { p.workers = 1; });
    for (unsigned const gpus : {0U, 1U})
      if (gpus < best_.gpus) smaller |= change([gpus](program& p) { p.gpus = gpus; });
    return smaller;
  }

  bool lower_sizes() {
    bool smaller = false;
    for (std::size_t i = 0; i < best_.tasks.size(); ++i) {
      for (std::size_t k = 0; k < best_.tasks[i].actions.size(); ++k)
        smaller |= lower([i, k](program& p) -> auto& { return p.tasks[i].actions[k].n; });
      smaller |= lower([i](program& p) -> auto& { return p.tasks[i].count; });
    }
    for (std::size_t i = 0; i < best_.steps.size(); ++i) {
      smaller |= lower([i](program& p) -> auto& { return p.steps[i].n; });
      smaller |= lower([i](program& p) -> auto& { return p.steps[i].k; });
    }
    return smaller;
  }

  // To nothing, else to a half, as often as it helps.
  template <class Size>
  bool lower(Size const& size) {
    bool smaller = false;
    while (size(best_) > 0) {
      auto const now = size(best_);
      bool const gone = change([&](program& p) { size(p) = 0; });
      if (!gone && !change([&](program& p) { size(p) = now / 2; })) return smaller;
      smaller = true;
    }
    return smaller;
  }

  program best_;
  std::function<bool(program const&)> const& fails_;
  std::size_t asks_left_;
};

}  // namespace

program shrink(program failing, std::function<bool(program const&)> const& fails,
               std::size_t asks_max) {
  return shrinker(std::move(failing), fails, asks_max).run();
}

}  // namespace sluice::test::sim
