// C5: one outer ref over as many values as the body makes, and cursors that grow with it.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

class Dynamic : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Dynamic, testing::ValuesIn(worlds()), world_name);

generator<int> total_of(context here, object_ref_generator<int> numbers) {
  int total = 0;
  while (auto ref = co_await numbers.next()) {
    auto const number = co_await here.get(*ref);
    total += *number;
  }
  co_yield total;
}

TEST_P(Dynamic, C5_TheOuterRefIsReadyWhenTheBodyHasEndedNotBefore) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal yielded;
    signal go;
    auto const body = +[](context, signal done, signal gate) -> generator<int> {
      for (int i = 0; i < 3; ++i) co_yield i;
      done.set();
      co_await gate.wait();
    };
    auto const outer =
        rt.submit(task("body", body).on(on.where()).num_returns(dynamic), yielded, go);
    rt.get(yielded.ref());
    EXPECT_FALSE(outer.settled());
    go.set();
    EXPECT_EQ(collect(rt.get(outer)).size(), 3U);
  });
}

TEST_P(Dynamic, C5_EveryGetHasACursorOfItsOwnFromTheStart) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const outer =
        rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic), 10, false);
    auto first = rt.get(outer);
    std::optional<object_ref<int>> const zero = first.next();
    ASSERT_TRUE(zero);
    auto const second = collect(rt.get(outer));
    ASSERT_EQ(second.size(), 10U);
    std::optional<object_ref<int>> const one = first.next();
    ASSERT_TRUE(one);
    EXPECT_EQ(*rt.get(*one), 1);
    EXPECT_EQ(&*rt.get(second[1]), &*rt.get(*one)) << "the same object, not a copy";
  });
}

int number_of(runtime& rt, std::optional<object_ref<int>> const& item) {
  return item ? *rt.get(*item) : -1;
}

TEST_P(Dynamic, C7_ACursorMovesWithItsPlace) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const outer =
        rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic), 10, false);
    auto first = rt.get(outer);
    EXPECT_EQ(number_of(rt, first.next()), 0);
    object_ref_generator<int> second = std::move(first);
    EXPECT_EQ(number_of(rt, second.next()), 1);
    object_ref_generator<int> third = rt.get(outer);
    EXPECT_EQ(number_of(rt, third.next()), 0);
    third = std::move(second);
    EXPECT_EQ(number_of(rt, third.next()), 2);
    auto const rest = task("total", total_of).on(on.where()).num_returns<1>();
    EXPECT_EQ(*rt.get(rt.submit(rest, std::move(third))), 45 - 0 - 1 - 2);
  });
}

TEST_P(Dynamic, C5_EveryTaskGivenTheOuterRefHasACursorOfItsOwn) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const outer =
        rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic), 10, false);
    std::vector<object_ref<int>> totals;
    for (int i = 0; i < 4; ++i)
      totals.push_back(rt.submit(task("total", total_of).on(on.where()).num_returns<1>(), outer));
    for (auto const& total : totals) EXPECT_EQ(*rt.get(total), 45);
  });
}

TEST_P(Dynamic, C5_AGrowingParameterMeetsTheErrorInItsPlace) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const outer =
        rt.submit(task("counting", counting).on(on.where()).num_returns(dynamic), 4, true);
    auto const body = +[](context here, object_ref_generator<int> numbers) -> generator<int> {
      int values = 0;
      int errors = 0;
      while (auto ref = co_await numbers.next()) {
        try {
          auto const number = co_await here.get(*ref);
          if (*number == values && errors == 0) ++values;
        } catch (task_error const& failed) {
          if (failed.index() == 4U && failed.task() == "counting") ++errors;
        }
      }
      co_yield 100 * values + errors;
    };
    auto const met = rt.submit(task("meets", body).on(on.where()).num_returns<1>(), outer);
    EXPECT_EQ(*rt.get(met), 401);
    error_of<task_error>(rt, outer);
  });
}

TEST_P(Dynamic, C5_AGrowingParameterOfAnEmptyOrFailedBodyStartsToo) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const count = task("counting", counting).on(on.where()).num_returns(dynamic);
    auto const sum_up = task("total", total_of).on(on.where()).num_returns<1>();
    EXPECT_EQ(*rt.get(rt.submit(sum_up, rt.submit(count, 0, false))), 0);
    auto const failed = error_of<task_error>(rt, rt.submit(sum_up, rt.submit(count, 0, true)));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->task(), "counting");
    EXPECT_EQ(failed->index(), 0U);
  });
}

TEST_P(Dynamic, C5_TheErrorHandsOutWhatWasYieldedBefore) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const outer =
        rt.submit(task("ramps", ramps).on(on.where()).num_returns(dynamic), page_numbers, 5U, true);
    auto const error = error_of<task_error>(rt, outer);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->index(), 5U);
    auto const kept = rt.yielded(outer);
    ASSERT_EQ(kept.size(), 5U);
    for (std::size_t i = 0; i < kept.size(); ++i) expect_ramp(rt, kept[i], page_numbers, i);
  });
}

// Seen: the process ended.
TEST_P(Dynamic, C5_OfAnEmptyRefNothingWasYielded) {
  on_each_seed(GetParam(), [](world const&, runtime& rt) {
    object_ref<object_ref_generator<chunk>> const empty;
    EXPECT_THROW(static_cast<void>(rt.yielded(empty)), misuse);
  });
}

generator<resident> residents(context, census* of, int count) {
  for (int i = 0; i < count; ++i) {
    resident made(*of, i);
    co_yield std::move(made);
  }
}

TEST_P(Dynamic, C5_TheOuterRefKeepsTheValuesAliveAndACursorDoesToo) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto outer =
        rt.submit(task("residents", residents).on(on.where()).num_returns(dynamic), &values, 5);
    {
      auto cursor = rt.get(outer);
      for (auto const& ref : cursor) EXPECT_TRUE(ref.settled());
    }
    EXPECT_EQ(values.alive(), 5) << "dropping a cursor frees nothing";
    {
      auto const cursor = rt.get(outer);
      outer = {};
      EXPECT_EQ(values.alive(), 5) << "the cursor can still name them";
    }
    values.until_alive(0);
  });
}

TEST_P(Dynamic, C5_DroppingACursorStopsNothing) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal first;
    signal go;
    auto const body = +[](context, signal gate) -> generator<int> {
      co_yield 0;
      co_await gate.wait();
      for (int i = 1; i < 20; ++i) co_yield i;
    };
    auto const outer = rt.submit(task("body", body).on(on.where()).num_returns(dynamic), go);
    auto const peek =
        +[](context, object_ref_generator<int> numbers, signal done) -> generator<int> {
      auto const ref = co_await numbers.next();
      done.set();
      co_yield ref ? 1 : 0;
    };
    auto const peeked = rt.submit(task("peek", peek).on(on.where()).num_returns<1>(), outer, first);
    EXPECT_EQ(*rt.get(peeked), 1);
    go.set();
    EXPECT_EQ(collect(rt.get(outer)).size(), 20U);
  });
}

// The census is no wait of the runtime, so no stall can open a window.
TEST_P(Dynamic, C14_ADynamicProducerHasNoWindow) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto const many = task("residents", residents).on(on.where()).ahead(window(1, 1));
    auto const outer = rt.submit(many.num_returns(dynamic), &values, 500);
    values.until_made(500);
    EXPECT_EQ(collect(rt.get(outer)).size(), 500U);
  });
}

}  // namespace
}  // namespace sluice::test
