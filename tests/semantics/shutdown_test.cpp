// C13: a runtime may be shut down at any moment; everything is given back, every frame destroyed
// once.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <latch>
#include <memory>
#include <optional>
#include <random>
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

class Shutdown : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Shutdown, testing::ValuesIn(worlds()), world_name);

// Chunks without end, each with what a step may wait for.
generator<chunk> endless_ramps(context here, resident frame) {
  resident const local = frame;
  for (std::size_t i = 0;; ++i) {
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, made.view(), first_of(i));
    chunk sealed = std::move(made).seal();
    co_yield std::move(sealed);
  }
}

generator<std::uint64_t> endless_sums(context here, object_ref_generator<chunk> from,
                                      resident frame) {
  resident const local = frame;
  while (auto ref = co_await from.next()) {
    auto const held = co_await here.get(*ref);
    auto const numbers = co_await here.read<std::uint32_t>(*held);
    auto total = co_await here.make<std::uint64_t>(1);
    auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
    sum(here.with(scratch.update()), numbers.view(), total.view());
    std::uint64_t const found = co_await here.fetch(total);
    co_yield found;
  }
}

generator<int> waits_for(context, signal gate, resident frame) {
  resident const local = frame;
  co_await gate.wait();
  co_yield 1;
}

int use_of(int a, resident const& frame) {
  return a + frame.mark();
}

TEST_P(Shutdown, C13_ATaskInEveryKindOfWaitIsEndedAndItsFrameDestroyedOnce) {
  census frames;
  auto const memory = tight_memory(GetParam().at, 4096, 6);
  on_each_seed(GetParam(), memory, 10, [&](world const& on, runtime& rt) {
    auto const ramp = task("ramps", endless_ramps).on(on.where());
    // at its window
    auto at_window = rt.submit(ramp.ahead(window(2, 8192)), resident(frames));
    // for memory that nobody gives back, or spilling without end
    auto const unbounded = rt.submit(ramp.num_returns(2000), resident(frames));
    // in next(), for bytes, and for a device
    auto chained =
        rt.submit(task("sums", endless_sums).on(on.where()),
                  rt.submit(ramp.ahead(window(2, 8192)), resident(frames)), resident(frames));
    // for a value, and for an argument
    signal never;
    auto const value = rt.submit(task("waits", waits_for).on(on.where()).num_returns<1>(), never,
                                 resident(frames));
    auto const dependent = rt.submit(task("use", use_of).on(on.where()), value, resident(frames));
    std::optional<object_ref<std::uint64_t>> const first = chained.next();
    EXPECT_TRUE(first);
    rt.shutdown();
    EXPECT_EQ(frames.alive(), 0);
  });
  EXPECT_EQ(frames.alive(), 0);
}

TEST_P(Shutdown, C13_AThreadThatWaitsIsTold) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal never;
    auto const ref = rt.submit(task("waits", waits_for).on(on.where()).num_returns<1>(), never,
                               resident(frames));
    auto stream = rt.submit(task("waits", waits_for).on(on.where()), never, resident(frames));
    std::latch close(3);
    // Whoever comes late is told that it is too late, which is another error.
    auto const expect_told = [&](auto const& wait) {
      close.count_down();
      try {
        wait();
        ADD_FAILURE() << "a value came from nowhere";
      } catch (cancelled const&) {
      } catch (misuse const&) {
      }
    };
    std::thread getter([&] { expect_told([&] { static_cast<void>(rt.get(ref)); }); });
    std::thread taker([&] {
      expect_told([&] {
        std::optional<object_ref<int>> const item = stream.next();
        if (item) static_cast<void>(rt.get(*item));
      });
    });
    close.arrive_and_wait();
    rt.shutdown();
    getter.join();
    taker.join();
    EXPECT_EQ(frames.alive(), 0);
  });
}

// Nothing is stuck while a thread that uses the runtime is busy elsewhere, so no answer to a stall
// ends the wait: only being told does.
TEST_P(Shutdown, C13_AThreadThatWaitsIsToldThoughAnotherOneIsBusy) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal never;
    std::latch using_it(1);
    std::latch asking(1);
    std::latch over(1);
    std::thread busy([&] {
      rt.get(rt.submit(task("quick", +[] {}).on(on.where())));
      using_it.count_down();
      over.wait();
    });
    using_it.wait();
    std::thread getter([&] {
      asking.count_down();
      try {
        rt.get(never.ref());
        ADD_FAILURE() << "nobody sets this";
      } catch (cancelled const&) {
      } catch (misuse const&) {  // it came too late
      }
    });
    asking.wait();
    linger();
    rt.shutdown();
    over.count_down();
    busy.join();
    getter.join();
  });
}

TEST_P(Shutdown, C13_APlainFunctionThatBlocksInGetIsCancelled) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census frames;
    signal never;
    std::latch inside(1);
    auto const ref = rt.submit(task("waits", waits_for).on(on.where()).num_returns<1>(), never,
                               resident(frames));
    auto const body =
        +[](runtime* of, object_ref<int> pending, std::latch* reached, resident const&) {
          reached->count_down();
          return *of->get(pending);
        };
    auto const blocked =
        rt.submit(task("blocks", body).on(on.where()), &rt, ref, &inside, resident(frames));
    inside.wait();
    rt.shutdown();
    EXPECT_EQ(frames.alive(), 0);
    EXPECT_TRUE(blocked.settled());
  });
}

TEST_P(Shutdown, C13_ItWaitsForARunningBodyToReachASuspension) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::latch inside(1);
    census ended;
    auto const body = +[](context here, std::latch* reached, census* of) -> generator<int> {
      co_yield 0;
      reached->count_down();
      while (!here.stop_requested()) std::this_thread::yield();
      linger();
      {
        resident const end(*of);
      }
      co_yield 1;
    };
    auto stream = rt.submit(task("slow", body).on(on.where()), &inside, &ended);
    inside.wait();
    rt.shutdown();
    EXPECT_EQ(ended.made(), 1);
  });
}

TEST_P(Shutdown, C13_AfterwardsGetAndSubmitAreMisuseAndRefsAreSafeToDrop) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  auto rt = runtime_on(GetParam());
  auto const where = GetParam().where();
  auto const value = rt->submit(task("counting", counting).on(where).num_returns<1>(), 1, false);
  EXPECT_EQ(*rt->get(value), 0);
  auto const chunks =
      rt->submit(task("ramps", ramps).on(where).num_returns(3), page_numbers, 3U, false);
  auto stream = rt->submit(task("ramps", ramps).on(where), page_numbers, 100U, false);
  auto const outer =
      rt->submit(task("ramps", ramps).on(where).num_returns(dynamic), page_numbers, 10U, false);
  std::optional<object_ref<chunk>> const taken = stream.next();
  auto const part = rt->slice(chunks[0], 0, 8);
  ASSERT_TRUE(taken);
  rt->shutdown();
  rt->shutdown();
  thrown_by<misuse>([&] { static_cast<void>(rt->get(value)); });
  thrown_by<misuse>([&] { static_cast<void>(rt->get(chunks[0])); });
  thrown_by<misuse>([&] { static_cast<void>(rt->put(1)); });
  thrown_by<misuse>([&] {
    static_cast<void>(rt->submit(task("counting", counting).num_returns<1>(), 1, false));
  });
  rt.reset();
  EXPECT_TRUE(value.settled());
}

TEST_P(Shutdown, C13_ManyRuntimesLiveInOneProcess) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  std::vector<std::unique_ptr<runtime>> all;
  for (std::uint64_t i = 0; i < 4; ++i) {
    world on = GetParam();
    on.seed = i + 1;
    all.push_back(runtime_on(on));
  }
  std::vector<object_ref_generator<chunk>> streams;
  for (auto const& rt : all)
    streams.push_back(
        rt->submit(task("ramps", ramps).on(GetParam().where()), page_numbers, 10U, false));
  for (std::size_t index = 0; index < 10; ++index)
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::optional<object_ref<chunk>> const ref = streams[i].next();
      ASSERT_TRUE(ref);
      expect_ramp(*all[i], *ref, page_numbers, index);
    }
  all[1].reset();
  auto const ref = all[2]->submit(task("ramps", ramps).on(GetParam().where()).num_returns<1>(),
                                  page_numbers, 1U, false);
  expect_ramp(*all[2], ref, page_numbers, 0);
}

TEST_P(Shutdown, C13_OneRuntimeAfterAnotherUsesNothingOfTheLast) {
  for (int i = 0; i < 20; ++i)
    on_each_seed(GetParam(), ample_memory(GetParam().at), 1, [](world const& on, runtime& rt) {
      auto const refs =
          collect(rt.submit(task("ramps", ramps).on(on.where()), page_numbers, 3U, false));
      EXPECT_EQ(refs.size(), 3U);
    });
}

// Others may still be submitting when the end comes.
TEST_P(Shutdown, C13_ASubmissionThatRacesWithItIsCancelledOrRefused) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 10, [](world const& on, runtime& rt) {
    census frames;
    std::latch going(1);
    std::thread submitter([&] {
      std::vector<object_ref<int>> refs;
      signal never;
      try {
        for (;;) {
          refs.push_back(rt.submit(task("waits", waits_for).on(on.where()).num_returns<1>(), never,
                                   resident(frames)));
          if (refs.size() == 3) going.count_down();
        }
      } catch (misuse const&) {
      }
    });
    going.wait();
    rt.shutdown();
    submitter.join();
    rt.shutdown();
    EXPECT_EQ(frames.alive(), 0);
  });
}

// A body's own submissions end with it.
TEST_P(Shutdown, C13_TasksThatSubmitTasksEnd) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 5, [](world const& on, runtime& rt) {
    census frames;
    auto const body = +[](context here, census* of, std::latch* reached) -> generator<int> {
      resident const local(*of);
      auto const child = task("child", +[](resident const& held) { return held.mark(); });
      for (int i = 0;; ++i) {
        auto const ref = here.submit(child, resident(*of, i));
        auto const mark = co_await here.get(ref);
        if (i == 5) reached->count_down();
        co_yield *mark;
      }
    };
    std::latch reached(1);
    auto stream = rt.submit(task("parent", body).on(on.where()), &frames, &reached);
    std::thread taker([&] {
      try {
        for (;;) {
          std::optional<object_ref<int>> const ref = stream.next();
          if (!ref) break;
        }
      } catch (cancelled const&) {
      }
    });
    reached.wait();
    rt.shutdown();
    taker.join();
    EXPECT_EQ(frames.alive(), 0);
  });
}

TEST_P(Shutdown, C13_AReadingOutsideOfTasksIsWaitedFor) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 3, [](world const& on, runtime& rt) {
    auto const ref =
        rt.submit(task("ramps", ramps).on(on.where()).num_returns<1>(), page_numbers, 1U, false);
    std::latch opened(1);
    std::atomic<bool> closed{false};
    std::thread reader([&] {
      auto numbers = rt.read<std::uint32_t>(ref);
      opened.count_down();
      try {
        for (;;) static_cast<void>(rt.put(1));
      } catch (misuse const&) {
      }
      linger();
      expect_ramp(numbers, page_numbers, 0);
      closed = true;
      numbers.close();
    });
    opened.wait();
    rt.shutdown();
    EXPECT_TRUE(closed.load());
    reader.join();
  });
}

TEST_P(Shutdown, C13_AConsumerThatWaitsDuringShutdownIsNotLeftBehind) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  for (std::uint64_t const seed : seeds(20)) {
    SCOPED_TRACE(seed_line(seed));
    world on = GetParam();
    on.seed = seed;
    census frames;
    auto rt = runtime_on(on);
    signal never;
    std::latch inside(1);
    auto const body =
        +[](context, std::latch* reached, signal gate, resident frame) -> generator<int> {
      resident const local = frame;
      reached->count_down();
      co_await gate.wait();
      co_yield 1;
    };
    std::latch asking(1);
    auto stream = rt->submit(task("waits", body).on(on.where()), &inside, never, resident(frames));
    inside.wait();
    std::thread taker([&asking, &stream] {
      asking.count_down();
      try {
        std::optional<object_ref<int>> const item = stream.next();
        EXPECT_TRUE(!item || item->settled());
      } catch (cancelled const&) {
      }
    });
    asking.wait();
    rt->shutdown();
    taker.join();
    rt.reset();
    EXPECT_EQ(frames.alive(), 0);
  }
}

std::size_t open_files() {
  std::size_t count = 0;
  for (auto const& each : std::filesystem::directory_iterator("/proc/self/fd"))
    count += each.path().empty() ? 0 : 1;
  return count;
}

TEST_P(Shutdown, C13_FilesGoWithTheRuntime) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  std::size_t const before = open_files();
  on_each_seed(GetParam(), tight_memory(GetParam().at, 4096, 3), 3,
               [](world const& on, runtime& rt) {
                 auto const refs = rt.submit(task("ramps", ramps).on(on.where()).num_returns(30),
                                             page_numbers, 30U, false);
                 expect_ramp(rt, refs[29], page_numbers, 29);
                 EXPECT_GT(rt.store().spilled_bytes(), 0U);
               });
  EXPECT_EQ(open_files(), before);
}

// Where the shutdown falls is the seed's choice, and the scheduler's.
TEST_P(Shutdown, C13_AtAnyMoment) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  for (std::uint64_t const seed : seeds(40)) {
    SCOPED_TRACE(seed_line(seed));
    std::mt19937_64 random(seed);
    census frames;
    world on = GetParam();
    on.seed = seed;
    {
      auto const rt = runtime_on(on, tight_memory(on.at, 4096, 6));
      auto const ramp = task("ramps", endless_ramps).on(on.where()).ahead(window(3, 16384));
      std::vector<object_ref_generator<chunk>> streams;
      std::vector<object_ref_generator<std::uint64_t>> sums;
      std::vector<object_ref<chunk>> taken;
      std::size_t const steps = random() % 60;
      for (std::size_t i = 0; i < steps; ++i) switch (random() % 4) {
          case 0:
            streams.push_back(rt->submit(ramp, resident(frames)));
            break;
          case 1:
            if (streams.empty()) break;
            sums.push_back(rt->submit(task("sums", endless_sums).on(on.where()),
                                      std::move(streams.back()), resident(frames)));
            streams.pop_back();
            break;
          case 2:
            if (streams.empty() || taken.size() == 3) break;
            if (std::optional<object_ref<chunk>> const ref = streams.front().next())
              taken.push_back(*ref);
            break;
          default:
            if (sums.empty()) break;
            sums.erase(sums.begin());
        }
      if (random() % 2 == 0) rt->shutdown();
    }
    EXPECT_EQ(frames.alive(), 0);
  }
}

}  // namespace
}  // namespace sluice::test
