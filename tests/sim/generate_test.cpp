// The generator: legal programs only, the same for a seed each time, and enough of each feature.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/generate.hpp>
#include <sim/oracle.hpp>

namespace sluice::test::sim {
namespace {

constexpr std::uint64_t seeds = 2000;

// How many of the seeds' programs are such.
std::size_t count(std::function<bool(program const&)> const& such) {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) found += such(generate(seed)) ? 1U : 0U;
  return found;
}

bool has_step(program const& all, doing what) {
  return std::any_of(all.steps.begin(), all.steps.end(),
                     [&](step const& each) { return each.what == what; });
}
template <class Such>
bool has_task(program const& all, Such const& such) {
  return std::any_of(all.tasks.begin(), all.tasks.end(), such);
}

TEST(Generator, EveryProgramCanBeRun) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    EXPECT_EQ(fault_of(generate(seed)), "") << "seed " << seed;
}

TEST(Generator, ASeedGivesTheSameProgramEachTime) {
  EXPECT_EQ(generate(5), generate(5));
  std::set<std::string> all;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) all.insert(print(generate(seed)));
  EXPECT_GE(all.size(), 195U);
}

TEST(Generator, MostProgramsAreSmallAndAFewAreLarge) {
  EXPECT_GE(count([](program const& all) { return all.tasks.size() < 12; }), seeds * 90 / 100);
  EXPECT_GE(count([](program const& all) { return all.tasks.size() > 20; }), 5U);
  EXPECT_EQ(count([](program const& all) { return all.tasks.size() > 40; }), 0U);
  EXPECT_GE(count([](program const& all) {
              return has_task(all, [](task_plan const& each) { return each.actions.size() > 40; });
            }),
            seeds * 5 / 100);
}

TEST(Generator, EachFeatureIsInManyPrograms) {
  std::size_t const many = seeds * 5 / 100;
  for (doing const each : {doing::slice, doing::next, doing::open, doing::yielded, doing::release,
                           doing::drop, doing::cancel, doing::copy, doing::wait})
    EXPECT_GE(count([&](program const& all) { return has_step(all, each); }), many)
        << static_cast<int>(each);
  for (mode const each : {mode::none, mode::single, mode::fixed, mode::dynamic, mode::stream})
    EXPECT_GE(count([&](program const& all) {
                return has_task(all, [&](task_plan const& one) { return one.returns == each; });
              }),
              many)
        << static_cast<int>(each);
  for (form const each : {form::value, form::inner, form::stream, form::growing})
    EXPECT_GE(count([&](program const& all) {
                return has_task(all, [&](task_plan const& one) {
                  return std::any_of(one.inputs.begin(), one.inputs.end(),
                                     [&](input const& given) { return given.how == each; });
                });
              }),
              many)
        << static_cast<int>(each);
  EXPECT_GE(
      count([](program const& all) { return has_task(all, std::mem_fn(&task_plan::is_endless)); }),
      many);
  EXPECT_GE(count([](program const& all) {
              return has_task(all, [](task_plan const& each) {
                return std::ranges::count(each.actions, verb::scratch, &action::what) != 0;
              });
            }),
            many);
  EXPECT_GE(count([](program const& all) {
              return has_task(all, [](task_plan const& each) {
                return std::ranges::count(each.actions, verb::sleep, &action::what) != 0;
              });
            }),
            many);
  EXPECT_GE(count([](program const& all) {
              return has_task(all, [](task_plan const& each) { return !each.called.empty(); });
            }),
            many);
  EXPECT_GE(count([](program const& all) { return all.neighbour; }), seeds * 2 / 100);
  EXPECT_GE(count([](program const& all) { return has_step(all, doing::knot); }), seeds / 100);
  EXPECT_GE(count([](program const& all) { return all.gpus == 2; }), many);
  EXPECT_GE(count([](program const& all) { return all.workers > 1; }), many);
  EXPECT_GE(count([](program const& all) {
              return has_task(all, [](task_plan const& each) { return each.plain; });
            }),
            many);
}

std::size_t modes_of(program const& all) {
  std::set<mode> modes;
  for (task_plan const& each : all.tasks)
    modes.insert(each.returns == mode::none || each.returns == mode::single ? mode::fixed
                                                                            : each.returns);
  return modes.size();
}

bool meets_user_error(program const& all) {
  for (expectation const& each : predict(all).steps)
    if (each.seen.error.kind == "task_error" || each.seen.error.kind == "wrong_return_count")
      return true;
  return false;
}

TEST(Generator, TheSharesThatTheSimulationPromises) {
  EXPECT_GE(count([](program const& all) { return modes_of(all) >= 2; }), seeds * 30 / 100);
  EXPECT_GE(count(meets_user_error), seeds * 20 / 100);
}

}  // namespace
}  // namespace sluice::test::sim
