// C14: how far a producer runs ahead, counted in live objects and bytes.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

constexpr std::size_t no_limit = std::size_t{1} << 40;

class Window : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Window, testing::ValuesIn(worlds()), world_name);

generator<resident> residents(context, census* of, int count) {
  for (int i = 0; i < count; ++i) {
    resident made(*of, i);
    co_yield std::move(made);
  }
}

// The latch is no wait of the runtime, so no stall can open the window.
TEST_P(Window, C14_AProducerRunsAheadUnaskedUpToItsWindow) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    for (std::size_t const objects : {1U, 2U, 5U}) {
      census values;
      auto stream =
          rt.submit(task("residents", residents).on(on.where()).ahead(window(objects, no_limit)),
                    &values, 20);
      values.until_made(static_cast<long>(objects));
      EXPECT_EQ(collect(std::move(stream)).size(), 20U);
    }
  });
}

TEST_P(Window, C14_NeverMoreLiveObjectsThanTheWindowWhenTakenOnesAreDropped) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    for (std::size_t const objects : {1U, 2U, 5U}) {
      SCOPED_TRACE("window " + std::to_string(objects));
      census values;
      auto stream =
          rt.submit(task("residents", residents).on(on.where()).ahead(window(objects, no_limit)),
                    &values, 60);
      int next = 0;
      for (;;) {
        std::optional<object_ref<resident>> ref = stream.next();
        if (!ref) break;
        EXPECT_EQ(rt.get(*ref)->mark(), next++);
      }
      EXPECT_EQ(next, 60);
      EXPECT_LE(values.peak(), static_cast<long>(objects));
    }
  });
}

// Taken, but in the hands of a task: still live.
TEST_P(Window, C14_ObjectsThatTasksUseAreLive) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto const use = +[](resident const& held) {
      linger();
      return held.mark();
    };
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(2, no_limit)),
                            &values, 60);
    std::vector<object_ref<int>> marks;
    for (;;) {
      std::optional<object_ref<resident>> ref = stream.next();
      if (!ref) break;
      marks.push_back(rt.submit(task("use", use).on(on.where()), *ref));
    }
    ASSERT_EQ(marks.size(), 60U);
    for (std::size_t i = 0; i < marks.size(); ++i)
      EXPECT_EQ(*rt.get(marks[i]), static_cast<int>(i));
    EXPECT_LE(values.peak(), 2);
  });
}

TEST_P(Window, C14_NeverMoreLiveBytesThanTheWindowAndOneObject) {
  constexpr std::size_t page = page_numbers * sizeof(std::uint32_t);
  auto const memory = ample_memory(GetParam().at);
  on_each_seed(GetParam(), memory, 5, [](world const& on, runtime& rt) {
    auto stream = rt.submit(task("ramps", ramps).on(on.where()).ahead(window(100, 3 * page)),
                            page_numbers, 60U, false);
    std::size_t index = 0;
    for (;;) {
      std::optional<object_ref<chunk>> ref = stream.next();
      if (!ref) break;
      std::vector<std::byte> found(page);
      rt.get_into(*ref, found);
      ++index;
    }
    EXPECT_EQ(index, 60U);
    location const made_in =
        on.at.kind == device_kind::host ? location(tier::host) : location(tier::device);
    EXPECT_LE(rt.store().figures(made_in).peak_bytes, 4 * page);
  });
}

TEST_P(Window, C14_CollectingEveryRefIsLegal) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const refs = collect(rt.submit(
        task("ramps", ramps).on(on.where()).ahead(window(2, no_limit)), page_numbers, 40U, false));
    ASSERT_EQ(refs.size(), 40U);
    for (std::size_t i = 0; i < refs.size(); ++i) expect_ramp(rt, refs[i], page_numbers, i);
  });
}

TEST_P(Window, C14_CollectingEveryRefIsLegalForATaskToo) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context, object_ref_generator<int> numbers) -> generator<std::size_t> {
      std::vector<object_ref<int>> refs;
      while (auto ref = co_await numbers.next()) refs.push_back(*ref);
      std::size_t const count = refs.size();
      co_yield count;
    };
    auto const count = rt.submit(
        task("collects", body).on(on.where()).num_returns<1>(),
        rt.submit(task("counting", counting).on(on.where()).ahead(window(1, 1)), 40, false));
    EXPECT_EQ(*rt.get(count), 40U);
  });
}

// The census is no wait of the runtime, so no stall can open the window.
TEST_P(Window, C14_OneObjectMoreWheneverAConsumerWaits) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto const body = +[](context, object_ref_generator<resident> from) -> generator<std::size_t> {
      std::vector<object_ref<resident>> refs;
      while (auto ref = co_await from.next()) refs.push_back(*ref);
      std::size_t const count = refs.size();
      co_yield count;
    };
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(1, no_limit)),
                            &values, 20);
    auto const count =
        rt.submit(task("collects", body).on(on.where()).num_returns<1>(), std::move(stream));
    values.until_made(20);
    EXPECT_EQ(*rt.get(count), 20U);
  });
}

// With every taken ref kept, one object is made at a time, and only when it is asked for.
TEST_P(Window, C14_OneObjectMoreOnlyWhenAConsumerWaits) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(1, no_limit)),
                            &values, 30);
    std::vector<object_ref<resident>> kept;
    for (;;) {
      std::optional<object_ref<resident>> const ref = stream.next();
      if (!ref) break;
      kept.push_back(*ref);
      EXPECT_LE(values.made(), static_cast<long>(kept.size()));
    }
    EXPECT_EQ(kept.size(), 30U);
  });
}

// The end of a task that used it is no reason either: the object lives, and nobody asks for more.
TEST_P(Window, C14_NoObjectMoreWhenATaskIsDoneAndNobodyWaits) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto const mark = task("mark", +[](resident const& held) { return held.mark(); });
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(1, no_limit)),
                            &values, 5);
    std::optional<object_ref<resident>> const first = stream.next();
    ASSERT_TRUE(first);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(*rt.get(rt.submit(mark.on(on.where()), *first)), 0);
    linger();
    EXPECT_EQ(values.made(), 1);
  });
}

// A running task uses the only object, so waiting in next() gets no more before it is done.
TEST_P(Window, C14_NoObjectMoreWhileARunningTaskUsesOne) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    std::atomic<bool> asking{false};
    auto const use = +[](resident const& held, std::atomic<bool>* next_is_asked, census* of) {
      while (!next_is_asked->load()) std::this_thread::yield();
      linger();
      return of->made() == 1 && held.mark() == 0;
    };
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(1, no_limit)),
                            &values, 2);
    std::optional<object_ref<resident>> first = stream.next();
    auto const alone = rt.submit(task("use", use).on(on.where()), *first, &asking, &values);
    first.reset();
    asking = true;
    std::optional<object_ref<resident>> const second = stream.next();
    EXPECT_TRUE(second);
    EXPECT_TRUE(*rt.get(alone)) << "the producer went on while its object was in use";
  });
}

// A task that could run, but has not got its turn yet, uses its argument as well.
TEST_P(Window, C14_NoObjectMoreWhileAReadyTaskIsQueued) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    std::latch go(1);
    std::latch blocking(static_cast<std::ptrdiff_t>(on.workers));
    auto const block = +[](std::latch* reached, std::latch* gate) {
      reached->count_down();
      gate->wait();
    };
    auto stream = rt.submit(task("residents", residents).on(on.where()).ahead(window(1, no_limit)),
                            &values, 2);
    std::optional<object_ref<resident>> first = stream.next();
    std::vector<object_ref<void>> blocked;
    for (unsigned i = 0; i < on.workers; ++i)
      blocked.push_back(rt.submit(task("block", block).on(on.where()), &blocking, &go));
    blocking.wait();
    auto const use = +[](resident const&, census* of) {
      linger();
      return of->made();
    };
    auto const made = rt.submit(task("use", use).on(on.where()), *first, &values);
    first.reset();
    std::thread asker([&] {
      std::optional<object_ref<resident>> const second = stream.next();
      EXPECT_TRUE(second);
    });
    go.count_down();
    EXPECT_EQ(*rt.get(made), 1) << "the producer went on while its object was needed";
    asker.join();
    for (auto const& each : blocked) rt.get(each);
  });
}

// Nobody takes, and what is waited for comes after more values than the window has room for.
TEST_P(Window, C14_TheWindowGivesWayBeforeADeadlockIsRaised) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal late;
    auto const body = +[](context, signal sixth) -> generator<int> {
      for (int i = 0; i < 8; ++i) {
        if (i == 6) sixth.set();
        co_yield i;
      }
    };
    auto stream = rt.submit(task("body", body).on(on.where()).ahead(window(2, no_limit)), late);
    EXPECT_EQ(rt.stalls(), 0U);
    rt.get(late.ref());
    EXPECT_GE(rt.stalls(), 1U);
    EXPECT_EQ(collect(std::move(stream)).size(), 8U);
  });
}

// Seen: the window of an endless stream gave way again and again, so that a deadlock elsewhere was
// never told, and the process grew.
TEST_P(Window, C14_AnEndlessStreamDoesNotKeepADeadlockFromBeingRaised) {
  store_options memory = ample_memory(GetParam().at);
  memory.host_bytes = std::size_t{1} << 20;
  on_each_seed(GetParam(), memory, 5, [](world const& on, runtime& rt) {
    signal never;
    auto const body = +[](context) -> generator<int> {
      for (int i = 0;; ++i) co_yield i;
    };
    auto stream = rt.submit(task("body", body).on(on.where()).ahead(window(2, no_limit)));
    EXPECT_THROW(rt.get(never.ref()), deadlock_detected);
    std::optional<object_ref<int>> const first = stream.next();
    EXPECT_EQ(*rt.get(*first), 0);
  });
}

TEST_P(Window, C14_TwoStreamsReadOutOfStepDoNotLock) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const split = +[](context, signal half, int count) -> generator<int> {
      for (int i = 0; i < count; ++i) {
        if (i == count / 2) half.set();
        co_yield i;
      }
    };
    auto const read = +[](context here, object_ref_generator<int> left, signal half,
                          object_ref_generator<int> right) -> generator<int> {
      int total = 0;
      co_await half.wait();
      while (auto ref = co_await right.next()) {
        auto const number = co_await here.get(*ref);
        total += *number;
      }
      while (auto ref = co_await left.next()) {
        auto const number = co_await here.get(*ref);
        total += *number;
      }
      co_yield total;
    };
    signal half;
    signal other;
    auto const narrow = task("split", split).on(on.where()).ahead(window(2, no_limit));
    auto left = rt.submit(narrow, half, 20);
    auto right = rt.submit(narrow, other, 20);
    auto const total = rt.submit(task("read", read).on(on.where()).num_returns<1>(),
                                 std::move(left), half, std::move(right));
    EXPECT_EQ(*rt.get(total), 2 * 190);
  });
}

TEST_P(Window, C14_AStaticProducerHasNoWindow) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const many = task("counting", counting).on(on.where()).ahead(window(1, 1));
    auto const refs = rt.submit(many.num_returns(500), 500, false);
    EXPECT_EQ(*rt.get(refs.back()), 499);
  });
}

}  // namespace
}  // namespace sluice::test
