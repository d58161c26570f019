// What a runtime says of the time that bodies took: all of it, and nothing else.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include <sluice/runtime/runtime.hpp>
#include <support/one_worker.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

int takes(manual_waits* clock, std::chrono::nanoseconds time) {
  clock->advance(time);
  return 1;
}

generator<int> takes_and_awaits(context here, manual_waits* clock, std::chrono::nanoseconds time) {
  auto const inner = task("inner", takes);
  for (int i = 0; i < 3; ++i) {
    clock->advance(time);
    auto const ref = here.submit(inner, clock, 2 * time);
    auto const one = co_await here.get(ref);
    int const made = *one;
    co_yield made;
  }
}

class Figures : public one_worker {
 protected:
  std::chrono::nanoseconds busy(std::string_view name) {
    for (auto const& each : runtime_->figures())
      if (each.task == name) return each.busy;
    return -1ns;
  }

  // The worker is asleep, and nothing of what it did is still to be counted.
  void let_idle(std::chrono::nanoseconds time) {
    clock_->until_asleep(1);
    clock_->advance(time);
  }
};

TEST_F(Figures, BusyIsTheTimeOfBodiesAndNotTheTimeBetweenThem) {
  auto const first = runtime_->submit(task("first", takes), clock_, 5ms);
  EXPECT_EQ(*runtime_->get(first), 1);
  let_idle(1h);
  auto const second = runtime_->submit(task("second", takes), clock_, 7ms);
  EXPECT_EQ(*runtime_->get(second), 1);
  let_idle(1h);
  EXPECT_EQ(busy("first"), 5ms);
  EXPECT_EQ(busy("second"), 7ms);
}

TEST_F(Figures, StepsThatFollowEachOtherShareNoTime) {
  auto const outer = task("outer", takes_and_awaits).num_returns(3);
  auto const refs = runtime_->submit(outer, clock_, 1ms);
  for (auto const& each : refs) EXPECT_EQ(*runtime_->get(each), 1);
  let_idle(1h);
  EXPECT_EQ(busy("outer"), 3ms);
  EXPECT_EQ(busy("inner"), 6ms);
}

}  // namespace
}  // namespace sluice::test
