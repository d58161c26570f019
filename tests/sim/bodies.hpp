// The body of every generator task: does what its plan says.
//
//   Owner    the frame has a resident, the operands and the item it took last.
//   Errors   told_to_fail where the plan says so; what an input has is not caught.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include <sim/operands.hpp>

namespace sluice::test::sim {

class told_to_fail : public std::runtime_error {
 public:
  told_to_fail() : std::runtime_error("the program says so") {}
};

// Whether a body was off its worker between two points of it.
class pause_meter {
 public:
  explicit pause_meter(context here) : here_(here), steps_(steps()) {}
  bool paused() const { return steps() != steps_; }

 private:
  std::uint64_t steps() const { return here_.task().counters().steps.load(); }

  context here_;
  std::uint64_t const steps_;
};

template <class T>
inline constexpr bool is_bytes = std::is_same_v<T, chunk>;

inline void count_memory(job& my, pause_meter const& meter) {
  if (meter.paused()) ++my.counts->waits_for_memory;
}

// By what nobody has taken: whoever yields now must wait.
inline bool window_is_full(job const& my, std::size_t yields) {
  return my.plan->returns == mode::stream && yields >= my.taken + my.plan->window_objects;
}

template <class T>
generator<T> run_body(context here, job* my, operand_set given) {
  resident const frame(*my);
  task_plan const& plan = *my->plan;
  piece item;
  std::optional<batch> item_batch;
  std::size_t yields = 0;
  for (std::size_t i = 0; i < plan.actions.size();) {
    action const& now = plan.actions[i];
    if (now.what == verb::fail) throw told_to_fail();
    bool const takes = now.what != verb::yield;
    bool more = false;
    if (takes) {
      item = piece();
      item_batch.reset();
      if (auto* const chunks = given.sequence_of<chunk>()) {
        auto const ref = co_await chunks->next();
        more = ref.has_value();
        if (more && my->source != nullptr) ++my->source->taken;
        if (more) {
          auto const taken = co_await here.get(*ref);
          item = piece(*taken);
        }
      } else if (auto* const batches = given.sequence_of<batch>()) {
        auto const ref = co_await batches->next();
        more = ref.has_value();
        if (more && my->source != nullptr) ++my->source->taken;
        if (more) {
          auto const taken = co_await here.get(*ref);
          item_batch = *taken;
        }
      } else if (auto* const numbers = given.sequence_of<std::uint64_t>()) {
        auto const ref = co_await numbers->next();
        more = ref.has_value();
        if (more && my->source != nullptr) ++my->source->taken;
        if (more) {
          auto const taken = co_await here.get(*ref);
          item = piece(*taken);
        }
      }
    }
    if (now.what != verb::each || !more) ++i;
    if (now.what == verb::next || (takes && !more)) continue;

    reading<std::uint8_t> opened[2];
    in<std::uint8_t> views[2];
    chunk sources[2];
    for (int which = 0; which < 2; ++which) {
      int const number = operand_of(now, which);
      if (number == no_operand) continue;
      piece from;
      any_ref const* const inner = number == the_item ? nullptr : given.inner(number);
      if (number == the_item && item_batch) {
        from = piece(*item_batch, yields);
      } else if (number == the_item) {
        from = item;
      } else if (inner == nullptr) {
        from = given.argument(number, yields);
      } else if (auto const* const one = std::get_if<object_ref<chunk>>(inner)) {
        auto const found = co_await here.get(*one);
        from = piece(*found);
      } else if (auto const* const both = std::get_if<object_ref<batch>>(inner)) {
        auto const found = co_await here.get(*both);
        from = piece(*found, yields);
      } else if (auto const* const digits = std::get_if<object_ref<std::uint64_t>>(inner)) {
        auto const found = co_await here.get(*digits);
        from = piece(*found);
      }
      if (from.number()) {
        auto spelled = co_await here.make<std::uint8_t>(8);
        launch(here).run<spell_body>(in<std::uint8_t>(), spelled.view(), *from.number());
        from = piece(std::move(spelled).seal());
      }
      sources[which] = from.bytes();
      if (from.open() != nullptr) {
        views[which] = from.open()->view();
      } else if (from.bytes()) {
        pause_meter const meter(here);
        opened[which] = co_await here.read<std::uint8_t>(from.bytes());
        count_memory(*my, meter);
        views[which] = opened[which].view();
      }
    }

    std::size_t const size = result_size(now, views[0].size(), views[1].size());
    pause_meter const making(here);
    chunk result;
    if (is_bytes<T> && now.how == op::part && sources[0]) {
      result = sources[0].slice(begin_of(now, views[0].size()), size);
    } else {
      auto made = co_await here.make<std::uint8_t>(size);
      count_memory(*my, making);
      blend(here, now, views[0], views[1], made.view());
      if constexpr (std::is_same_v<T, batch>) {
        auto turned = co_await here.make<std::uint8_t>(size);
        rotate_by_one(here, made.written(), turned.view());
        opened[0].close();
        opened[1].close();
        batch both(std::move(made).seal(), std::move(turned).seal());
        ++yields;
        pause_meter const meter(here);
        bool const full = window_is_full(*my, yields);
        co_yield std::move(both);
        if (full && meter.paused()) ++my->counts->waits_for_window;
        continue;
      } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        auto total = co_await here.make<std::uint64_t>(1);
        launch(here).run<total_body>(made.written(), total.view());
        std::uint64_t const found = co_await here.fetch(total);
        opened[0].close();
        opened[1].close();
        ++yields;
        pause_meter const meter(here);
        bool const full = window_is_full(*my, yields);
        co_yield found;
        if (full && meter.paused()) ++my->counts->waits_for_window;
        continue;
      } else {
        result = std::move(made).seal();
      }
    }
    if constexpr (is_bytes<T>) {
      opened[0].close();
      opened[1].close();
      ++yields;
      pause_meter const meter(here);
      bool const full = window_is_full(*my, yields);
      co_yield std::move(result);
      if (full && meter.paused()) ++my->counts->waits_for_window;
    }
  }
}

}  // namespace sluice::test::sim
