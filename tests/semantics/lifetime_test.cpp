// C11, C12: what keeps an object alive, what dropping a handle does, and what a cancel does.

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

class Lifetime : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Lifetime, testing::ValuesIn(worlds()), world_name);

resident one_resident(census* of, int mark) {
  return resident(*of, mark);
}

class holder {
 public:
  explicit holder(object_ref<resident> held) : inner(std::move(held)) {}
  object_ref<resident> inner;
};

TEST_P(Lifetime, C11_AnObjectLivesWhileARefToItLives) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto ref = rt.submit(task("one", one_resident).on(on.where()), &values, 1);
    {
      auto const held = rt.get(ref);
      auto copy = ref;
      ref = {};
      EXPECT_EQ(held->mark(), 1);
      EXPECT_EQ(values.alive(), 1);
      ref = copy;
    }
    EXPECT_EQ(values.alive(), 1);
    ref = {};
    values.until_alive(0);
  });
}

TEST_P(Lifetime, C11_AlsoWhileARefInsideAnotherValueLives) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto inner = rt.submit(task("one", one_resident).on(on.where()), &values, 5);
    auto const wrap = +[](object_ref<resident> held) { return holder(std::move(held)); };
    auto outer = rt.submit(task("wrap", wrap).on(on.where()), inner);
    inner = {};
    EXPECT_EQ(rt.get(rt.get(outer)->inner)->mark(), 5);
    EXPECT_EQ(values.alive(), 1);
    outer = {};
    values.until_alive(0);
  });
}

TEST_P(Lifetime, C11_AlsoWhileAPendingTaskHasItAsAnArgument) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    signal go;
    auto const late = +[](context, signal gate) -> generator<int> {
      co_await gate.wait();
      co_yield 10;
    };
    auto const add = +[](resident const& a, int b) { return a.mark() + b; };
    auto first = rt.submit(task("one", one_resident).on(on.where()), &values, 5);
    auto second = rt.submit(task("late", late).on(on.where()).num_returns<1>(), go);
    auto sum = rt.submit(task("add", add).on(on.where()), first, second);
    rt.get(rt.submit(task("after", +[](resident const&) {}).on(on.where()), first));
    first = {};
    second = {};
    EXPECT_EQ(values.alive(), 1);
    go.set();
    EXPECT_EQ(*rt.get(sum), 15);
    values.until_alive(0);
  });
}

generator<resident> residents(context, census* of, int count) {
  for (int i = 0; i < count; ++i) {
    resident made(*of, i);
    co_yield std::move(made);
  }
}

TEST_P(Lifetime, C11_AValueTakenFromAStreamGoesWithItsLastRef) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto stream = rt.submit(task("residents", residents).on(on.where()), &values, 3);
    values.until_made(3);
    std::optional<object_ref<resident>> first = stream.next();
    EXPECT_TRUE(first);
    first.reset();
    values.until_alive(2);
    EXPECT_EQ(collect(std::move(stream)).size(), 2U);
    values.until_alive(0);
  });
}

generator<int> endless(context, resident frame, std::shared_ptr<std::atomic<int>> made) {
  resident const local = frame;
  for (int i = 0;; ++i) {
    made->fetch_add(1);
    co_yield i;
  }
}

TEST_P(Lifetime, C12_DroppingTheHandleStopsTheProducerAndLeavesTakenRefsAlone) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    std::vector<object_ref<int>> taken;
    auto const made = std::make_shared<std::atomic<int>>(0);
    {
      auto stream = rt.submit(task("endless", endless).on(on.where()), resident(frames), made);
      for (int i = 0; i < 3; ++i) {
        std::optional<object_ref<int>> ref = stream.next();
        taken.push_back(*ref);
      }
    }
    frames.until_alive(0);
    int const then = made->load();
    EXPECT_LE(then, 3 + 8 + 1) << "it ran past its window";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(*rt.get(taken[static_cast<std::size_t>(i)]), i);
    EXPECT_EQ(made->load(), then);
  });
}

TEST_P(Lifetime, C12_DroppingTheHandleFreesWhatWasNotTaken) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    signal full;
    auto const body = +[](context, census* of, signal third) -> generator<resident> {
      for (int i = 0; i < 4; ++i) {
        resident made(*of, i);
        if (i == 3) third.set();
        co_yield std::move(made);
      }
    };
    auto stream = rt.submit(task("body", body).on(on.where()), &values, full);
    std::optional<object_ref<resident>> first = stream.next();
    rt.get(full.ref());
    {
      auto const dropped = std::move(stream);
    }
    EXPECT_EQ(rt.get(*first)->mark(), 0);
    values.until_alive(1);
    first.reset();
    values.until_alive(0);
  });
}

TEST_P(Lifetime, C12_AStreamDroppedBeforeItsTaskStartsEndsToo) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    for (int i = 0; i < 20; ++i) {
      auto const made = std::make_shared<std::atomic<int>>(0);
      auto const dropped =
          rt.submit(task("endless", endless).on(on.where()), resident(frames), made);
    }
    frames.until_alive(0);
  });
}

TEST_P(Lifetime, C12_AssigningToAHandleDropsTheStreamItHad) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    auto const made = std::make_shared<std::atomic<int>>(0);
    auto stream = rt.submit(task("endless", endless).on(on.where()), resident(frames), made);
    stream = rt.submit(task("counting", counting).on(on.where()), 3, false);
    frames.until_alive(0);
    EXPECT_EQ(collect(std::move(stream)).size(), 3U);
  });
}

TEST_P(Lifetime, C12_DroppingTheEndOfAChainStopsAllOfIt) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    auto const relay =
        +[](context, object_ref_generator<int> from, resident frame) -> generator<object_ref<int>> {
      resident const local = frame;
      while (auto ref = co_await from.next()) {
        object_ref<int> passed = *ref;
        co_yield std::move(passed);
      }
    };
    auto const again = +[](context here, object_ref_generator<object_ref<int>> from,
                           resident frame) -> generator<object_ref<int>> {
      resident const local = frame;
      while (auto ref = co_await from.next()) {
        auto const inner = co_await here.get(*ref);
        object_ref<int> passed = *inner;
        co_yield std::move(passed);
      }
    };
    auto const made = std::make_shared<std::atomic<int>>(0);
    auto first = rt.submit(task("endless", endless).on(on.where()), resident(frames), made);
    auto second =
        rt.submit(task("relay", relay).on(on.where()), std::move(first), resident(frames));
    {
      auto last =
          rt.submit(task("again", again).on(on.where()), std::move(second), resident(frames));
      std::optional<object_ref<object_ref<int>>> const ref = last.next();
      EXPECT_TRUE(ref);
    }
    frames.until_alive(0);
  });
}

TEST_P(Lifetime, C12_StaticAndDynamicTasksRunToTheirEndWithoutRefs) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    auto const body = +[](context, census* of, signal done) -> generator<resident> {
      for (int i = 0; i < 20; ++i) {
        resident made(*of, i);
        co_yield std::move(made);
      }
      done.set();
    };
    signal fixed_ended;
    signal dynamic_ended;
    auto const producer = task("body", body).on(on.where());
    static_cast<void>(rt.submit(producer.num_returns(20), &values, fixed_ended));
    static_cast<void>(rt.submit(producer.num_returns(dynamic), &values, dynamic_ended));
    rt.get(fixed_ended.ref());
    rt.get(dynamic_ended.ref());
    values.until_alive(0);
    EXPECT_EQ(values.made(), 40);
  });
}

generator<int> stops_at_gate(context, signal reached, signal gate, resident frame) {
  resident const local = frame;
  co_yield 0;
  co_yield 1;
  reached.set();
  co_await gate.wait();
  co_yield 2;
  co_yield 3;
}

TEST_P(Lifetime, C12_DroppingTheHandleEndsAProducerThatWaitsForSomethingElse) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal reached;
    signal never;
    {
      auto const stream =
          rt.submit(task("stops", stops_at_gate).on(on.where()), reached, never, resident(frames));
      rt.get(reached.ref());
    }
    frames.until_alive(0);
  });
}

TEST_P(Lifetime, C12_CancelLeavesWhatWasPublishedAndTheRestIsCancelled) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal reached;
    signal gate;
    auto const refs = rt.submit(task("stops", stops_at_gate).on(on.where()).num_returns(4), reached,
                                gate, resident(frames));
    auto const twice = task("twice", +[](int a) { return 2 * a; }).on(on.where());
    auto const on_published = rt.submit(twice, refs[1]);
    auto const on_rest = rt.submit(twice, refs[2]);
    rt.get(reached.ref());
    rt.cancel(refs[3]);
    EXPECT_EQ(*rt.get(refs[0]), 0);
    EXPECT_EQ(*rt.get(refs[1]), 1);
    EXPECT_EQ(*rt.get(on_published), 2);
    for (std::size_t i = 2; i < 4; ++i) {
      auto const error = error_of<cancelled>(rt, refs[i]);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->task(), "stops");
    }
    auto const error = error_of<cancelled>(rt, on_rest);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "stops");
    frames.until_alive(0);
  });
}

TEST_P(Lifetime, C12_CancelOfADynamicTaskReachesTheOuterRefAndItsGrowingReaders) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal reached;
    signal gate;
    auto const outer = rt.submit(task("stops", stops_at_gate).on(on.where()).num_returns(dynamic),
                                 reached, gate, resident(frames));
    auto const read = +[](context here, object_ref_generator<int> numbers) -> generator<int> {
      int values = 0;
      int ends = 0;
      while (auto ref = co_await numbers.next()) try {
          auto const number = co_await here.get(*ref);
          values += 1 + *number;
        } catch (cancelled const&) {
          ends += 100;
        }
      co_yield values + ends;
    };
    auto const met = rt.submit(task("read", read).on(on.where()).num_returns<1>(), outer);
    rt.get(reached.ref());
    rt.cancel(outer);
    EXPECT_EQ(*rt.get(met), 103);
    error_of<cancelled>(rt, outer);
    EXPECT_EQ(rt.yielded(outer).size(), 2U);
  });
}

TEST_P(Lifetime, C12_CancelAfterTheEndChangesNothing) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const refs = rt.submit(task("counting", counting).on(on.where()).num_returns(3), 3, false);
    EXPECT_EQ(*rt.get(refs[2]), 2);
    rt.cancel(refs[0]);
    rt.cancel(refs[2]);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(*rt.get(refs[static_cast<std::size_t>(i)]), i);
  });
}

TEST_P(Lifetime, C12_ATaskThatIsCancelledBeforeItsArgumentsAreThereNeverRuns) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal reached;
    signal gate;
    auto const refs = rt.submit(task("stops", stops_at_gate).on(on.where()).num_returns(4), reached,
                                gate, resident(frames));
    census ran;
    auto const body = +[](int a, census* of) {
      resident const frame(*of);
      return a;
    };
    auto const waits = rt.submit(task("waits", body).on(on.where()), refs[2], &ran);
    rt.get(reached.ref());
    rt.cancel(waits);
    auto const error = error_of<cancelled>(rt, waits);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "waits");
    gate.set();
    EXPECT_EQ(*rt.get(refs[3]), 3);
    EXPECT_EQ(ran.made(), 0);
  });
}

// The latches block the worker, so the cancel comes in the middle of a step.
TEST_P(Lifetime, C12_ACancelledGeneratorYieldsNoMoreNotEvenFromTheStepItIsIn) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::latch inside(1);
    std::latch go(1);
    auto const body = +[](context, std::latch* reached, std::latch* gate) -> generator<int> {
      co_yield 0;
      reached->count_down();
      gate->wait();
      co_yield 1;
      co_yield 2;
    };
    auto const refs = rt.submit(task("body", body).on(on.where()).num_returns(3), &inside, &go);
    inside.wait();
    rt.cancel(refs[0]);
    rt.cancel(refs[1]);
    go.count_down();
    EXPECT_EQ(*rt.get(refs[0]), 0);
    error_of<cancelled>(rt, refs[1]);
    error_of<cancelled>(rt, refs[2]);
  });
}

TEST_P(Lifetime, C12_ARunningPlainFunctionIsNotInterruptedAndMayAsk) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::latch inside(1);
    census finished;
    auto const body = +[](context here, std::latch* reached, census* of) {
      reached->count_down();
      while (!here.stop_requested()) std::this_thread::yield();
      resident const end(*of);
      return 1;
    };
    auto const ref = rt.submit(task("asks", body).on(on.where()), &inside, &finished);
    inside.wait();
    rt.cancel(ref);
    auto const error = error_of<cancelled>(rt, ref);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "asks");
    EXPECT_EQ(finished.made(), 1);
  });
}

// Whatever the moment: a prefix of values, then nothing but `cancelled`, or all values.
TEST_P(Lifetime, C12_CancelAgainstEndHasExactlyOneOutcome) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 3, [](world const& on, runtime& rt) {
    for (int round = 0; round < 50; ++round) {
      auto const refs =
          rt.submit(task("counting", counting).on(on.where()).num_returns(8), 8, false);
      std::thread canceller([&] {
        rt.cancel(refs[0]);
        rt.cancel(refs[7]);
      });
      std::size_t values = 0;
      for (std::size_t i = 0; i < 8; ++i) try {
          EXPECT_EQ(*rt.get(refs[i]), static_cast<int>(i));
          EXPECT_EQ(values, i) << "a value behind a cancelled one";
          ++values;
        } catch (cancelled const&) {
        }
      canceller.join();
      for (std::size_t i = 0; i < values; ++i) EXPECT_EQ(*rt.get(refs[i]), static_cast<int>(i));
    }
  });
}

}  // namespace
}  // namespace sluice::test
