// C6, C7: a stream gives every value in order, then its error if it has one, then the end; and what
// can be done with its handle.

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

class Streams : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Streams, testing::ValuesIn(worlds()), world_name);

TEST_P(Streams, C6_AnErrorTakesItsPlaceInTheSequenceThenTheStreamEndsForEver) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto stream = rt.submit(task("counting", counting).on(on.where()), 3, true);
    for (int i = 0; i < 3; ++i) {
      std::optional<object_ref<int>> const ref = stream.next();
      ASSERT_TRUE(ref);
      EXPECT_EQ(*rt.get(*ref), i);
    }
    std::optional<object_ref<int>> const failed = stream.next();
    ASSERT_TRUE(failed);
    auto const error = error_of<task_error>(rt, *failed);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "counting");
    EXPECT_EQ(error->index(), 3U);
    for (int again = 0; again < 3; ++again) {
      std::optional<object_ref<int>> const ended = stream.next();
      EXPECT_FALSE(ended);
    }
  });
}

TEST_P(Streams, C6_AThrowBeforeTheFirstYieldIsTheOnlyItem) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const refs = collect(rt.submit(task("counting", counting).on(on.where()), 0, true));
    ASSERT_EQ(refs.size(), 1U);
    auto const error = error_of<task_error>(rt, refs.front());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->index(), 0U);
  });
}

TEST_P(Streams, C6_AnEmptyStreamEnds) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    EXPECT_TRUE(collect(rt.submit(task("counting", counting).on(on.where()), 0, false)).empty());
  });
}

TEST_P(Streams, C6_ACancelledStreamHasItsValuesThenCancelledThenTheEnd) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal waits;
    signal never;
    auto const body = +[](context, signal here_now, signal gate) -> generator<int> {
      co_yield 0;
      here_now.set();
      co_await gate.wait();
      co_yield 1;
    };
    auto stream = rt.submit(task("waits", body).on(on.where()), waits, never);
    rt.get(waits.ref());
    rt.cancel(stream);
    auto const refs = collect(std::move(stream));
    ASSERT_EQ(refs.size(), 2U);
    EXPECT_EQ(*rt.get(refs[0]), 0);
    error_of<cancelled>(rt, refs[1]);
  });
}

TEST_P(Streams, C6_AStreamWhoseArgumentFailedHasThatErrorThenTheEnd) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const failed = rt.submit(
        task("root", +[](int) -> int { throw std::runtime_error("no"); }).on(on.where()), 1);
    auto const body = +[](context, value<int> from) -> generator<int> { co_yield *from; };
    auto const refs = collect(rt.submit(task("dependent", body).on(on.where()), failed));
    ASSERT_EQ(refs.size(), 1U);
    auto const error = error_of<task_error>(rt, refs.front());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "root");
  });
}

TEST_P(Streams, C7_AHandleIsMoveOnlyAndItsNextMayNotBeIgnored) {
  static_assert(!std::is_copy_constructible_v<object_ref_generator<int>>);
  static_assert(!std::is_copy_assignable_v<object_ref_generator<int>>);
  static_assert(std::is_nothrow_move_constructible_v<object_ref_generator<int>>);
  static_assert(std::is_nothrow_move_assignable_v<object_ref_generator<int>>);
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto first = rt.submit(task("counting", counting).on(on.where()), 3, false);
    std::optional<object_ref<int>> const ref = first.next();
    ASSERT_TRUE(ref);
    object_ref_generator<int> second = std::move(first);
    thrown_by<misuse>([&] { std::optional<object_ref<int>> const none = first.next(); });
    EXPECT_EQ(collect(std::move(second)).size(), 2U);
  });
}

generator<int> total_of(context here, object_ref_generator<int> numbers) {
  int total = 0;
  while (auto ref = co_await numbers.next()) {
    auto const number = co_await here.get(*ref);
    total += *number;
  }
  co_yield total;
}

TEST_P(Streams, C7_NextIsAwaitedInACoroutine) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const total = rt.submit(task("total", total_of).on(on.where()).num_returns<1>(),
                                 rt.submit(task("counting", counting).on(on.where()), 100, false));
    EXPECT_EQ(*rt.get(total), 4950);
  });
}

TEST_P(Streams, C7_ConvertingANextInsideACoroutineBodyIsMisuse) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context, object_ref_generator<int> numbers) -> generator<int> {
      std::optional<object_ref<int>> const ref = numbers.next();
      co_yield ref ? 1 : 0;
    };
    auto const done = rt.submit(task("blocks", body).on(on.where()).num_returns<1>(),
                                rt.submit(task("counting", counting).on(on.where()), 3, false));
    auto const error = error_of<misuse>(rt, done);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "blocks");
  });
}

TEST_P(Streams, C7_APlainFunctionMayBlockInNextAndInRangeFor) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](object_ref_generator<int> numbers) {
      int count = 0;
      for ([[maybe_unused]] auto const& ref : numbers) ++count;
      return count;
    };
    auto const done = rt.submit(task("counts", body).on(on.where()),
                                rt.submit(task("counting", counting).on(on.where()), 50, false));
    EXPECT_EQ(*rt.get(done), 50);
  });
}

TEST_P(Streams, C7_AHandleMovesIntoATaskWhileItGrowsAndGoesOnWhereItStood) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal go;
    auto const body = +[](context, signal gate) -> generator<int> {
      for (int i = 0; i < 6; ++i) {
        if (i == 4) co_await gate.wait();
        co_yield i;
      }
    };
    auto stream = rt.submit(task("grows", body).on(on.where()), go);
    for (int i = 0; i < 2; ++i) {
      std::optional<object_ref<int>> const ref = stream.next();
      ASSERT_TRUE(ref);
      EXPECT_EQ(*rt.get(*ref), i);
    }
    auto const total =
        rt.submit(task("total", total_of).on(on.where()).num_returns<1>(), std::move(stream));
    go.set();
    EXPECT_EQ(*rt.get(total), 2 + 3 + 4 + 5);
  });
}

TEST_P(Streams, C7_AHandleMayBeMovedThroughManyTasks) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const relay = +[](context here, object_ref_generator<int> from) -> generator<int> {
      while (auto ref = co_await from.next()) {
        auto const number = co_await here.get(*ref);
        co_yield *number + 1;
      }
    };
    auto stream = rt.submit(task("counting", counting).on(on.where()), 40, false);
    for (int hop = 0; hop < 10; ++hop)
      stream = rt.submit(task("relay", relay).on(on.where()), std::move(stream));
    auto const refs = collect(std::move(stream));
    ASSERT_EQ(refs.size(), 40U);
    for (std::size_t i = 0; i < refs.size(); ++i)
      EXPECT_EQ(*rt.get(refs[i]), static_cast<int>(i) + 10);
  });
}

TEST_P(Streams, C7_NextWhileAnotherNextIsAskedIsMisuse) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto stream = rt.submit(task("counting", counting).on(on.where()), 2, false);
    {
      auto const asked = stream.next();
      thrown_by<misuse>([&] { static_cast<void>(stream.next()); });
    }
    EXPECT_EQ(collect(std::move(stream)).size(), 2U);
  });
}

// Two handles of two streams are independent: zipped, each keeps its own order.
TEST_P(Streams, C7_ABodyMayWalkSeveralStreamsAtOnce) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const zip = +[](context here, object_ref_generator<int> left,
                         object_ref_generator<int> right) -> generator<int> {
      for (;;) {
        auto const a = co_await left.next();
        auto const b = co_await right.next();
        if (!a || !b) break;
        auto const x = co_await here.get(*a);
        auto const y = co_await here.get(*b);
        co_yield *x** y;
      }
    };
    auto const count = task("counting", counting).on(on.where());
    auto const refs = collect(rt.submit(task("zip", zip).on(on.where()),
                                        rt.submit(count, 20, false), rt.submit(count, 20, false)));
    ASSERT_EQ(refs.size(), 20U);
    for (std::size_t i = 0; i < refs.size(); ++i)
      EXPECT_EQ(*rt.get(refs[i]), static_cast<int>(i * i));
  });
}

TEST_P(Streams, C6_ChunksArriveInOrderBitForBit) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto stream = rt.submit(task("ramps", ramps).on(on.where()), page_numbers, 50U, false);
    std::size_t index = 0;
    for (auto const& ref : stream) expect_ramp(rt, ref, page_numbers, index++);
    EXPECT_EQ(index, 50U);
  });
}

}  // namespace
}  // namespace sluice::test
