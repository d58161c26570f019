// The shrinker on planted differences: what is left is what makes them, and nothing more.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <sim/compare.hpp>
#include <sim/generate.hpp>
#include <sim/shrink.hpp>

namespace sluice::test::sim {
namespace {

// As if the runtime computed `rotate` wrongly: does any step see another value for it?
bool fails_when_rotate_is_wrong(program const& all) {
  program wrong = all;
  for (task_plan& task : wrong.tasks)
    for (action& each : task.actions)
      if (each.how == op::rotate) ++each.k;
  std::vector<observation> saw;
  for (expectation const& each : predict(wrong).steps) saw.push_back(each.seen);
  return compare(all, predict(all), saw).rule == "a value: a value";
}

program failing_from(std::uint64_t seed) {
  for (;; ++seed) {
    program made = generate(seed);
    made.memory = limits();
    bool const ends = std::ranges::none_of(made.tasks, std::mem_fn(&task_plan::is_endless));
    if (ends && made.tasks.size() > 6 && fails_when_rotate_is_wrong(made)) return made;
  }
}

// From some programs no single change leads on, though two would.
TEST(Shrinker, AWrongOperationIsMostlyLeftWithTheOneTaskThatUsesIt) {
  constexpr std::size_t programs = 5;
  std::size_t smallest = 0;
  program large = failing_from(1);
  for (std::size_t i = 0; i < programs; ++i, large = failing_from(large.seed + 1)) {
    program const small = shrink(large, fails_when_rotate_is_wrong);
    SCOPED_TRACE(print(small));
    EXPECT_TRUE(fails_when_rotate_is_wrong(small));
    EXPECT_EQ(fault_of(small), "");
    std::size_t rotations = 0;
    std::size_t actions = 0;
    for (task_plan const& each : small.tasks) {
      actions += each.actions.size();
      rotations +=
          static_cast<std::size_t>(std::ranges::count(each.actions, op::rotate, &action::how));
    }
    EXPECT_EQ(rotations, 1U);
    EXPECT_LE(small.tasks.size(), 3U);
    EXPECT_EQ(small.workers, 1U);
    EXPECT_EQ(small.gpus, 0U);
    smallest += small.tasks.size() <= 2 && actions <= 3 && small.steps.size() <= 5 ? 1U : 0U;
  }
  EXPECT_GE(smallest, programs - 1);
}

TEST(Shrinker, WhatCannotBeRunIsNeverAsked) {
  bool sound = true;
  static_cast<void>(shrink(failing_from(1), [&](program const& each) {
    sound = sound && fault_of(each).empty();
    return fails_when_rotate_is_wrong(each);
  }));
  EXPECT_TRUE(sound);
}

TEST(Shrinker, ItAsksNoMoreOftenThanItMay) {
  std::size_t asked = 0;
  static_cast<void>(shrink(
      failing_from(1),
      [&](program const& each) {
        ++asked;
        return fails_when_rotate_is_wrong(each);
      },
      50));
  EXPECT_LE(asked, 50U);
}

TEST(Shrinker, AProgramThatOnlyFailsAsItIsStaysAsItIs) {
  program const large = failing_from(1);
  EXPECT_EQ(shrink(large, [](program const&) { return false; }), large);
}

}  // namespace
}  // namespace sluice::test::sim
