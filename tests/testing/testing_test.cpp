// What is offered to the tests of others: places, seeds, hazards.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sluice/kernels/iota.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/testing.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;

class scoped_variable {
 public:
  scoped_variable(char const* name, char const* value) : name_(name) {
    if (char const* const before = std::getenv(name)) before_ = before;
    if (value != nullptr)
      ::setenv(name, value, 1);
    else
      ::unsetenv(name);
  }
  scoped_variable(scoped_variable const&) = delete;
  scoped_variable& operator=(scoped_variable const&) = delete;
  ~scoped_variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  char const* const name_;
  std::optional<std::string> before_;
};

std::vector<std::uint64_t> seeds_of(device_kind at, std::size_t count) {
  std::vector<std::uint64_t> met;
  for_each_seed(at, count, [&](tested_machine& on) { met.push_back(on.seed()); });
  return met;
}

TEST(Testing, ASimulatedPlaceGetsEachSeedAndARealOneOne) {
  scoped_variable const none("SLUICE_SEED", nullptr);
  EXPECT_THAT(seeds_of(device_kind::sim, 4), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(seeds_of(device_kind::host, 4), testing::ElementsAre(1));
}

TEST(Testing, ASeedInTheEnvironmentIsTheOnlyOne) {
  scoped_variable const asked("SLUICE_SEED", "17");
  EXPECT_THAT(seeds_of(device_kind::sim, 4), testing::ElementsAre(17));
}

TEST(Testing, WhatIsNoSeedIsRefused) {
  for (char const* const wrong : {"seven", "7x", "-7", " 7"}) {
    scoped_variable const asked("SLUICE_SEED", wrong);
    EXPECT_THROW(seeds_of(device_kind::sim, 4), misuse) << wrong;
  }
}

TEST(Testing, ASeedThatThrowsIsToldWithTheLineThatRunsItAgainAndEndsTheLoop) {
  scoped_variable const none("SLUICE_SEED", nullptr);
  std::uint64_t last = 0;
  testing::internal::CaptureStderr();
  EXPECT_THROW(for_each_seed(device_kind::sim, 10,
                             [&](tested_machine& on) {
                               last = on.seed();
                               if (last == 3) throw std::runtime_error("wrong");
                             }),
               std::runtime_error);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("seed 3 failed at sim; again: SLUICE_SEED=3 "));
  EXPECT_EQ(last, 3U);
}

TEST(Testing, ASeedThatAFrameworkCallsFailedIsToldAndEndsTheLoop) {
  scoped_variable const none("SLUICE_SEED", nullptr);
  std::uint64_t last = 0;
  seed_options options;
  options.has_failed = [&] { return last == 2; };
  testing::internal::CaptureStderr();
  for_each_seed(device_kind::sim, 10, [&](tested_machine& on) { last = on.seed(); }, options);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("SLUICE_SEED=2 "));
  EXPECT_EQ(last, 2U);
}

generator<chunk> ramp(context here) {
  auto made = co_await here.make<std::uint32_t>(64);
  iota(here, made.view(), 0);
  co_yield std::move(made).seal();
}

TEST(Testing, EachPlaceThatIsThereRunsTasksWhereItSays) {
  for (device_kind const at : places()) {
    if (!reason_to_skip(at).empty()) continue;
    for_each_seed(at, 3, [](tested_machine& on) {
      runtime rt(on.open(), {});
      auto const ref = rt.submit(task("ramp", ramp).on(on.where()).num_returns<1>());
      EXPECT_EQ(rt.read<std::uint32_t>(ref).span()[63], 63U);
    });
  }
}

// What a pipeline may do wrong: it passes a view on behind sluice's back.
struct side_channel {
  out<std::uint32_t> view;
};

generator<chunk> leaks(context here, side_channel* to) {
  auto made = co_await here.make<std::uint32_t>(64);
  iota(here, made.view(), 0);
  to->view = made.view();
  co_yield std::move(made).seal();
}

generator<int> uses(context here, side_channel* from) {
  iota(here, from->view, 7);
  co_yield 1;
}

TEST(Testing, AHazardFailsTheSeedThoughNoValueIsWrong) {
  scoped_variable const none("SLUICE_SEED", nullptr);
  testing::internal::CaptureStderr();
  try {
    for_each_seed(device_kind::sim, 5, [](tested_machine& on) {
      side_channel between;
      runtime rt(on.open(), {});
      auto const made = rt.submit(task("leaks", leaks).on(on.where()).num_returns<1>(), &between);
      while (!made.settled()) rt.world().waits().pause();
      auto const used = rt.submit(task("uses", uses).on(on.where()).num_returns<1>(), &between);
      rt.get(used);
    });
    ADD_FAILURE() << "nobody noticed";
  } catch (hazards_found const& found) {
    EXPECT_THAT(found.what(), HasSubstr("task 'uses'"));
    EXPECT_THAT(found.what(), HasSubstr("missing:"));
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("again: SLUICE_SEED="));
}

}  // namespace
}  // namespace sluice::test
