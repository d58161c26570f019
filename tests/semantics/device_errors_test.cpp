// C3: what a device refuses late belongs to the task that launched the work: the values it hit
// carry it, complete ones stay, the body stops, and the stream ends without an item more.

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

class DeviceErrors : public testing::TestWithParam<world> {
 protected:
  // The kernel that fails is compiled for host and sim alone; on a host it fails at the call.
  static std::vector<world> simulated() {
    std::vector<world> found;
    for (world const& each : worlds())
      if (each.at.kind == device_kind::sim) found.push_back(each);
    return found;
  }

 public:
  static auto values() { return testing::ValuesIn(simulated()); }
};
INSTANTIATE_TEST_SUITE_P(On, DeviceErrors, DeviceErrors::values(), world_name);

generator<chunk> fails_at(context here, std::size_t bad, std::size_t count, resident frame) {
  resident const local = frame;
  for (std::size_t i = 0; i < count; ++i) {
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, made.view(), first_of(i));
    if (i == bad) launch(here).run<throwing_body>(made.view());
    chunk sealed = std::move(made).seal();
    co_yield std::move(sealed);
  }
}

TEST_P(DeviceErrors, C3_InAStreamTheValuesItHitCarryItAndItAddsNoItem) {
  census frames;
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [&](world const& on, runtime& rt) {
    auto const refs = collect(
        rt.submit(task("fails", fails_at).on(on.where()).ahead(window(1000, std::size_t{1} << 30)),
                  2U, 10'000U, resident(frames)));
    EXPECT_LT(refs.size(), 10'000U) << "the body was not stopped";
    ASSERT_GE(refs.size(), 3U);
    for (std::size_t i = 0; i < 2; ++i) expect_ramp(rt, refs[i], page_numbers, i);
    for (std::size_t i = 2; i < refs.size(); ++i) {
      auto const error = error_of<device_error>(rt, refs[i]);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), 719);
    }
    EXPECT_EQ(frames.alive(), 0);
  });
}

generator<chunk> fails_and_counts(context here, std::atomic<std::size_t>* yields) {
  for (std::size_t i = 0; i < 10'000; ++i) {
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, made.view(), first_of(i));
    if (i == 2) launch(here).run<throwing_body>(made.view());
    chunk sealed = std::move(made).seal();
    yields->fetch_add(1);
    co_yield std::move(sealed);
  }
}

TEST_P(DeviceErrors, C3_AStreamHasAsManyItemsAsItsBodyYielded) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [](world const& on, runtime& rt) {
    std::atomic<std::size_t> yields{0};
    auto const body = task("fails", fails_and_counts).on(on.where());
    auto const refs = collect(rt.submit(body.ahead(window(1000, std::size_t{1} << 30)), &yields));
    EXPECT_EQ(refs.size(), yields.load());
  });
}

generator<std::size_t> fails_beside_its_values(context here) {
  for (std::size_t i = 0; i < 10'000; ++i) {
    auto const unused = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, unused.view(), first_of(i));
    if (i == 2) launch(here).run<throwing_body>(unused.view());
    co_yield std::size_t{i};
  }
}

// A stream of complete values ended early and said nothing when its device was lost (seed 5929).
TEST_P(DeviceErrors, C3_WhatHitNoValueEndsTheStreamAsAnItem) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [](world const& on, runtime& rt) {
    auto const body = task("fails", fails_beside_its_values).on(on.where());
    auto const refs = collect(rt.submit(body.ahead(window(1000, std::size_t{1} << 30))));
    ASSERT_LT(refs.size(), 10'000U) << "the body was not stopped";
    for (std::size_t i = 0; i + 1 < refs.size(); ++i) EXPECT_EQ(*rt.get(refs[i]), i);
    auto const error = error_of<device_error>(rt, refs.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), 719);
  });
}

TEST_P(DeviceErrors, C3_OfAStaticTaskWhatWasNotYieldedCarriesItToo) {
  census frames;
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [&](world const& on, runtime& rt) {
    auto const refs = rt.submit(task("fails", fails_at).on(on.where()).num_returns(40), 2U, 40U,
                                resident(frames));
    for (std::size_t i = 0; i < 2; ++i) expect_ramp(rt, refs[i], page_numbers, i);
    for (std::size_t i = 2; i < refs.size(); ++i) error_of<device_error>(rt, refs[i]);
  });
  EXPECT_EQ(frames.alive(), 0);
}

// The device says no before the body asks for a number.
TEST_P(DeviceErrors, C3_AFetchMeetsItAsTheBodysOwnError) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 10, [](world const& on, runtime& rt) {
    auto const body = +[](context here) -> generator<std::uint32_t> {
      auto made = co_await here.make<std::uint32_t>(16);
      launch(here).run<throwing_body>(made.view());
      std::uint32_t const found = co_await here.fetch(made);
      co_yield found;
    };
    auto const ref = rt.submit(task("fetches", body).on(on.where()).num_returns<1>());
    auto const error = error_of<device_error>(rt, ref);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "fetches");
  });
}

TEST_P(DeviceErrors, C9_ADependentAtTheHostMeetsItAndDoesNotRun) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 10, [](world const& on, runtime& rt) {
    census ran;
    auto const body = +[](context, reading<std::uint32_t> numbers, census* of) {
      resident const frame(*of);
      return numbers.size();
    };
    census frames;
    {
      auto const refs = rt.submit(task("fails", fails_at).on(on.where()).num_returns(2), 0U, 2U,
                                  resident(frames));
      auto const dependent = rt.submit(task("dependent", body).on(cpu), refs[0], &ran);
      error_of<device_error>(rt, dependent);
    }
    EXPECT_EQ(ran.made(), 0);
    frames.until_alive(0);
  });
}

// A stream of the device whose work failed is not given to the next task.
TEST_P(DeviceErrors, C3_TheNextTaskIsNotHit) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 10, [](world const& on, runtime& rt) {
    census frames;
    for (int round = 0; round < 5; ++round) {
      {
        auto const failed = rt.submit(task("fails", fails_at).on(on.where()).num_returns<1>(), 0U,
                                      1U, resident(frames));
        error_of<device_error>(rt, failed);
      }
      auto const refs =
          rt.submit(task("ramps", ramps).on(on.where()).num_returns(3), page_numbers, 3U, false);
      for (std::size_t i = 0; i < 3; ++i) expect_ramp(rt, refs[i], page_numbers, i);
    }
    frames.until_alive(0);
  });
}

// Seen: it got the stream of a task that had ended while its kernel was still to fail.
TEST_P(DeviceErrors, C3_TheNextTaskIsNotHitByWhatFailsLater) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [](world const& on, runtime& rt) {
    auto const silent = +[](context here) -> generator<int> {
      auto made = co_await here.make<std::uint32_t>(page_numbers);
      launch(here).run<throwing_body>(made.view());
      if (made.view().size() == 0) co_yield 0;
    };
    for (int round = 0; round < 5; ++round) {
      collect(rt.submit(task("silent", silent).on(on.where())));
      auto const refs =
          rt.submit(task("ramps", ramps).on(on.where()).num_returns(3), page_numbers, 3U, false);
      for (std::size_t i = 0; i < 3; ++i) expect_ramp(rt, refs[i], page_numbers, i);
    }
  });
}

// Seen: nobody could tell whose it was.
TEST_P(DeviceErrors, C9_OfWhatWasNotYieldedItNamesTheTask) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 20, [](world const& on, runtime& rt) {
    auto const waits = +[](context here) -> generator<chunk> {
      auto made = co_await here.make<std::uint32_t>(page_numbers);
      launch(here).run<throwing_body>(made.view());
      chunk sealed = std::move(made).seal();
      for (int i = 0; i < 100; ++i) co_yield sealed;  // more than may be in flight
    };
    auto const refs = rt.submit(task("waits", waits).on(on.where()).num_returns(100));
    auto const error = error_of<device_error>(rt, refs.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "waits");
    EXPECT_TRUE(error->index());
  });
}

}  // namespace
}  // namespace sluice::test
