// The body of every generator task: does what its plan says.
//
//   Owner    the frame has a resident, the operands and the item it took last.
//   Errors   told_to_fail where the plan says so; what an input has is not caught.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
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

// Every other time with something that is no exception.
[[noreturn]] inline void fail_as_told(std::size_t yields) {
  if (yields % 2 == 1) throw static_cast<int>(yields);
  throw told_to_fail();
}

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

// By what nobody has taken: whoever has yielded it must wait.
inline bool window_is_full(job const& my) {
  task_plan const& plan = *my.plan;
  std::size_t const taken = my.taken;
  if (plan.returns != mode::stream || my.sizes.size() <= taken) return false;
  auto const untaken = std::span(my.sizes).subspan(taken);
  return untaken.size() >= plan.window_objects ||
         std::reduce(untaken.begin(), untaken.end()) >= plan.window_bytes;
}

// Bytes of a value, without the value's own.
inline std::size_t size_of(chunk const& value) {
  return value.size_bytes();
}
inline std::size_t size_of(batch const& value) {
  std::size_t all = 0;
  for (chunk const& part : value.chunks()) all += part ? part.size_bytes() : 0;
  return all;
}
inline std::size_t size_of(std::uint64_t) {
  return 0;
}

// Around a yield: was it the window that held the body back, and did it hold it long enough?
class yield_meter {
 public:
  yield_meter(context here, job& my)
      : pause_(here), my_(my), full_(window_is_full(my)), stopped_(my.stopped) {}
  // The body goes on.
  void count() const {
    if (full_ && pause_.paused()) ++my_.counts->waits_for_window;
    if (stopped_) my_.ran_on = true;
    // Whose handle is gone may be between the window that ends and the stop.
    if (window_is_full(my_) && my_.held) ++my_.over_windows;
  }

 private:
  pause_meter pause_;
  job& my_;
  bool const full_;
  bool const stopped_;
};

// Of an operand that is a chunk, `part` shares the bytes; what was made for it is dropped.
inline chunk part_or_all(action const& one, chunk const& source, std::size_t size,
                         writer<std::uint8_t>&& made) {
  if (one.how != op::part || !source) return std::move(made).seal();
  return source.slice(begin_of(one, size), made.size());
}

// `E`: the elements of its sequence, void when it has none.
template <class T, class E>
// NOLINTNEXTLINE(readability-function-size): its waits cannot be moved into other functions
generator<T> run_body(context here, job* my, operand_set given) {
  resident const frame(*my);
  task_plan const& plan = *my->plan;
  taken_item item;
  std::size_t yields = 0;
  for (std::size_t i = 0; i < plan.actions.size();) {
    action const& now = plan.actions[i];
    if (now.what == verb::fail) fail_as_told(yields);
    if (now.what == verb::again) {
      i = 0;
      continue;
    }
    if (now.what == verb::sleep) {
      auto const unused = co_await here.make<std::uint8_t>(now.k);
      sleep(*my->counts, std::chrono::microseconds(now.n));
      ++i;
      continue;
    }
    if (now.what == verb::scratch) {
      auto unused = co_await here.make<std::uint8_t>(now.n);
      if (now.k % 2 == 1) blend(here, now, in<std::uint8_t>(), in<std::uint8_t>(), unused.view());
      if (now.k % 4 == 3) unused = co_await here.make<std::uint8_t>(now.n);
      ++i;
      continue;
    }
    bool more = now.what == verb::yield;
    if constexpr (!std::is_void_v<E>)
      if (!more) {
        my->count_taken();
        auto const ref = co_await given.sequence_of<E>()->next();
        item = taken_item();
        if (ref) {
          auto const taken = co_await here.get(*ref);
          item = taken_item(*taken);
        }
        more = ref.has_value();
      }
    if (now.what != verb::each || !more) ++i;
    if (now.what == verb::next || !more) continue;
    reading<std::uint8_t> opened[2];
    in<std::uint8_t> views[2];
    chunk sources[2];
    for (int which = 0; which < 2; ++which) {
      int const number = operand_of(now, which);
      if (number == no_operand) continue;
      piece from = given.at_hand(number, item, yields);
      any_ref const* const inner = given.inner(number);
      if (auto const* const one = std::get_if<object_ref<chunk>>(inner)) {
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
      if (from.is_closed()) opened[which] = co_await here.read<std::uint8_t>(from.bytes());
      if (from.is_closed() && now.k % 8 == 7)  // over one that is open
        opened[which] = co_await here.read<std::uint8_t>(from.bytes());
      views[which] = from.view(opened[which]);
    }
    std::size_t const size = result_size(now, views[0].size(), views[1].size());
    pause_meter const making(here);
    auto made = co_await here.make<std::uint8_t>(size);
    if (making.paused()) ++my->counts->waits_for_memory;
    blend(here, now, views[0], views[1], made.view());
    std::optional<T> result;
    if constexpr (std::is_same_v<T, batch>) {
      if (is_of_one_part(size)) {
        result.emplace(std::move(made).seal());
      } else {
        auto turned = co_await here.make<std::uint8_t>(size);
        rotate_by_one(here, made.written(), turned.view());
        result.emplace(std::move(made).seal(), std::move(turned).seal());
      }
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      auto total = co_await here.make<std::uint64_t>(1);
      launch(here).run<total_body>(made.written(), total.view());
      result = co_await here.fetch(total);
    } else {
      result = part_or_all(now, sources[0], views[0].size(), std::move(made));
    }
    if (now.goes_on()) {
      auto unused = co_await here.make<std::uint8_t>(now.k % 256);
      fill_with(here, now.k, unused.view());
    }
    for (reading<std::uint8_t>& each : opened) each.close();
    ++yields;
    my->sizes.push_back(size_of(*result));
    yield_meter const yielding(here, *my);
    co_yield std::move(*result);
    yielding.count();
  }
}

}  // namespace sluice::test::sim
