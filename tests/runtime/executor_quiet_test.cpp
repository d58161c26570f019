// When nothing can move, somebody is told, exactly then; and who waits, for how long.

#include <sluice/runtime/detail/executor.hpp>

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/runtime/machine.hpp>
#include <support/jobs.hpp>
#include <support/manual_device.hpp>
#include <support/manual_waits.hpp>

namespace sluice::test {
namespace {

using detail::blocker;
using detail::executor;
using namespace std::chrono_literals;

// Moves a clock on, step by step, as long as it lives.
class running_clock {
 public:
  explicit running_clock(manual_waits& clock)
      : thread_([this, &clock] {
          while (!stopped_) {
            clock.advance(1ms);
            std::this_thread::yield();
          }
        }) {}
  ~running_clock() {
    stopped_ = true;
    thread_.join();
  }
  running_clock(running_clock const&) = delete;
  running_clock& operator=(running_clock const&) = delete;

 private:
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

// On a clock that only the test moves.
class Quiet : public testing::TestWithParam<unsigned> {
 protected:
  static machine make_world(manual_waits*& waits) {
    machine_parts parts;
    auto own = std::make_unique<manual_waits>();
    waits = own.get();
    parts.waits = std::move(own);
    return machine(std::move(parts));
  }

  manual_waits* waits_ = nullptr;
  machine world_ = make_world(waits_);
  manual_device device_;
  job_box jobs_;
  executor on_{world_, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(With, Quiet, testing::Values(1, 2, 4), [](auto const& tested) {
  return std::to_string(tested.param) + "Workers";
});

TEST_P(Quiet, IsToldWhenTheOnlyThreadBlocksAndNothingIsQueued) {
  blocker never;
  int told = 0;
  on_.on_quiet([&] {
    ++told;
    never.signal();
    return true;
  });
  EXPECT_TRUE(on_.wait(never));
  EXPECT_EQ(told, 1);
}

TEST_P(Quiet, IsToldAfterTheLastJobHasRun) {
  for (int i = 0; i < 300; ++i) {
    std::atomic<int> ran = 0;
    blocker never;
    on_.on_quiet([&] {
      EXPECT_EQ(ran, 8);
      never.signal();
      return true;
    });
    for (int k = 0; k < 4; ++k)
      on_.submit(jobs_.make([&] {
        on_.submit_last(jobs_.make([&] { ++ran; }));
        ++ran;
      }));
    on_.wait(never);
  }
}

TEST_P(Quiet, IsToldWhenJobsAreBlockedAndOnlyTheyCouldGoOn) {
  blocker inner;
  blocker outer;
  on_.on_quiet([&] {
    inner.signal();
    return true;
  });
  on_.submit(jobs_.make([&] {
    on_.wait(inner);
    outer.signal();
  }));
  EXPECT_TRUE(on_.wait(outer));
}

TEST_P(Quiet, IsNotToldWhileAnotherThreadThatUsedTheExecutorIsFree) {
  std::atomic<bool> other_gone = false;
  blocker never;
  on_.on_quiet([&] {
    EXPECT_TRUE(other_gone);
    never.signal();
    return true;
  });
  std::latch used(1);
  std::thread other([&] {
    on_.submit(jobs_.make([] {}));
    used.count_down();
    waits_->until_asleep(1 + GetParam());  // the workers, and the thread below
    other_gone = true;
  });
  used.wait();
  on_.wait(never);
  other.join();
}

TEST_P(Quiet, IsToldWhenTheLastFreeThreadEnds) {
  for (int i = 0; i < 100; ++i) {
    blocker never;
    on_.on_quiet([&] {
      never.signal();
      return true;
    });
    std::thread([&] { on_.submit(jobs_.make([] {})); }).join();
    on_.wait(never);
    std::thread other([&] { on_.submit(jobs_.make([] {})); });
    on_.wait(never);
    other.join();
  }
}

TEST_P(Quiet, IsNotToldWhileAnEventIsAwaited) {
  auto event = device_.make_event();
  std::atomic<bool> finished = false;
  blocker behind;
  on_.on_quiet([&] {
    EXPECT_TRUE(finished);
    behind.signal();
    return true;
  });
  on_.when_done(event.what, jobs_.make([] {}));
  std::thread device([&] {  // never uses the executor
    waits_->until_asleep(1 + GetParam());
    finished = true;
    event.finish();
    waits_->advance(1s);
  });
  on_.wait(behind);
  device.join();
}

TEST_P(Quiet, IsNotToldAgainUntilSomethingChanges) {
  std::atomic<int> told = 0;
  on_.on_quiet([&] {
    ++told;
    return false;
  });
  blocker first;
  std::thread waiting([&] { on_.wait(first); });
  waits_->until_asleep(1 + GetParam());
  EXPECT_EQ(told, 1);

  blocker second;  // another thread comes, and blocks
  std::thread coming([&] { on_.wait(second); });
  waits_->until_asleep(2 + GetParam());
  EXPECT_EQ(told, 2);

  second.signal();  // and ends
  coming.join();
  while (told < 3) std::this_thread::yield();
  first.signal();
  waiting.join();
  EXPECT_EQ(told, 3);
}

TEST_P(Quiet, IsToldByOneThreadAtATimeAndOnlyWhenNothingMoves) {
  std::atomic<int> inside = 0;
  std::atomic<int> moving = 0;  // jobs and signals on their way
  blocker never;
  std::atomic<bool> finished = false;
  on_.on_quiet([&] {
    EXPECT_EQ(++inside, 1);
    EXPECT_EQ(moving, 0);
    bool const over = finished;
    --inside;
    if (over) never.signal();  // from here on the test may be over
    return over;
  });
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        ++moving;
        blocker answered;
        on_.submit(jobs_.make([&] { on_.submit_last(jobs_.make([&] { answered.signal(); })); }));
        on_.wait(answered);
        --moving;
      }
    });
  for (auto& each : callers) each.join();
  finished = true;
  on_.wait(never);
}

TEST_P(Quiet, LetsDrainBeRescued) {
  blocker stuck;
  on_.on_quiet([&] {
    stuck.signal();
    return true;
  });
  bool ended = false;
  on_.submit(jobs_.make([&] {
    on_.wait(stuck);
    ended = true;
  }));
  on_.drain();
  EXPECT_TRUE(ended);
}

TEST_P(Quiet, IsNotToldByADrainThatHasNothingToWaitFor) {
  on_.on_quiet([]() -> bool {
    ADD_FAILURE() << "the drain is not stuck";
    return false;
  });
  for (int i = 0; i < 100; ++i) {
    on_.submit(jobs_.make([] {}));
    on_.drain();
  }
}

// --- deadlines

TEST_P(Quiet, EndsAWaitAtItsDeadlineAndNotBefore) {
  blocker never;
  std::atomic<bool> over = false;
  bool signalled = true;
  std::thread waiting([&] {
    signalled = on_.wait(never, waits_->now() + 100ns);
    over = true;
  });
  waits_->until_asleep(1 + GetParam());
  waits_->advance(99ns);
  EXPECT_FALSE(over);
  waits_->advance(1ns);
  waiting.join();
  EXPECT_FALSE(signalled);
}

TEST_P(Quiet, EndsAJobsWaitAtItsDeadlineWhileOtherJobsRun) {
  std::atomic<bool> over = false;
  blocker done;
  on_.submit(jobs_.make([&] {
    blocker never;
    EXPECT_FALSE(on_.wait(never, waits_->now() + 100ns));
    over = true;
    done.signal();
  }));
  detail::job* again = nullptr;
  again = &jobs_.make([&] {
    waits_->advance(1ns);
    if (!over) on_.submit(*again);
  });
  on_.submit(*again);
  EXPECT_TRUE(on_.wait(done));
  on_.drain();
}

// --- events

TEST_P(Quiet, RunsAJobAtOnceWhenItsEventIsDoneOrFailed) {
  auto done = device_.make_event();
  auto failed = device_.make_event();
  done.finish();
  failed.fail();
  for (auto const& each : {event(), done.what, failed.what}) {
    blocker ran;
    on_.when_done(each, jobs_.make([&] { ran.signal(); }));
    EXPECT_TRUE(on_.wait(ran));
  }
}

TEST_P(Quiet, RunsEachJobAfterItsEventAlsoWhenAllAreAsleep) {
  for (int round = 0; round < 20; ++round) {
    std::vector<manual_device::manual_event> events;
    std::vector<std::unique_ptr<std::atomic<bool>>> finished;
    std::atomic<int> early = 0;
    std::atomic<int> left = 20;
    std::latch until_all(1);
    blocker all;
    for (int i = 0; i < 20; ++i) {
      events.push_back(device_.make_event());
      finished.push_back(std::make_unique<std::atomic<bool>>(false));
      on_.when_done(events.back().what, jobs_.make([&, mine = finished.back().get()] {
        if (!*mine) ++early;
        if (--left == 0) all.signal();
      }));
    }
    std::thread device([&] {
      if (round % 2 == 0) waits_->until_asleep(1 + GetParam());
      for (std::size_t i = events.size(); i-- > 0;) {
        *finished[i] = true;
        if (i % 5 == 0)
          events[i].fail();
        else
          events[i].finish();
        waits_->advance(1ms);
      }
      running_clock const clock(*waits_);
      until_all.wait();
    });
    on_.wait(all);
    until_all.count_down();
    device.join();
    EXPECT_EQ(early, 0);
  }
}

// Every worker is kept busy by jobs; the event's job must get its turn all the same.
TEST_P(Quiet, RunsAJobBehindAnEventWhileAllWorkersAreBusy) {
  auto event = device_.make_event();
  std::atomic<bool> ran = false;
  std::vector<detail::job*> busy(GetParam());
  for (auto& each : busy) {
    each = &jobs_.make([&] {
      waits_->advance(10us);
      if (!ran) on_.submit(*each);
    });
    on_.submit(*each);
  }
  on_.when_done(event.what, jobs_.make([&] { ran = true; }));
  event.finish();
  on_.drain();
  EXPECT_TRUE(ran);
}

TEST_P(Quiet, RunsAJobBehindAnEventWhenEveryThreadIsBlockedInAJob) {
  auto event = device_.make_event();
  blocker stuck;
  blocker blocked;
  std::atomic<unsigned> waiting = 0;
  for (unsigned i = 0; i < GetParam(); ++i)
    on_.submit(jobs_.make([&] {
      if (++waiting == GetParam()) blocked.signal();
      blocker mine;
      on_.when_done(event.what, jobs_.make([&] { mine.signal(); }));
      on_.wait(mine);
    }));
  on_.wait(blocked);
  event.finish();
  running_clock const clock(*waits_);
  on_.drain();
}

class QuietWithSeveral : public Quiet {};
INSTANTIATE_TEST_SUITE_P(With, QuietWithSeveral, testing::Values(2, 4), [](auto const& tested) {
  return std::to_string(tested.param) + "Workers";
});

// All threads but one are blocked, and that one, which asked for the event, gets a long job.
TEST_P(QuietWithSeveral, RunsAJobBehindAnEventWhenTheThreadThatAskedForItGotOtherWork) {
  auto event = device_.make_event();
  std::atomic<bool> ran = false;
  blocker go[3];
  for (unsigned i = 0; i + 1 < GetParam(); ++i) on_.submit(jobs_.make([&, i] { on_.wait(go[i]); }));
  on_.when_done(event.what, jobs_.make([&] { ran = true; }));
  waits_->until_napping();
  on_.submit(jobs_.make([&] {
    event.finish();
    while (!ran) {
      waits_->advance(1ms);
      std::this_thread::yield();
    }
    for (auto& each : go) each.signal();
  }));
  on_.drain();
  EXPECT_TRUE(ran);
}

// --- sleeping

// Nothing in flight: every thread sleeps until it is notified, none by the clock.
TEST_P(Quiet, SleepsWithoutADeadlineWhenNoEventIsAwaited) {
  for (int i = 0; i < 200; ++i) {
    blocker ran;
    on_.submit(jobs_.make([&] { ran.signal(); }));
    on_.wait(ran);
  }
  waits_->until_asleep(GetParam());
  EXPECT_EQ(waits_->most_napping(), 0U);
}

// In flight, and all parked: one thread naps and asks, and the clock alone wakes it.
TEST_P(Quiet, NapsWithOneThreadAloneWhileAnEventIsAwaited) {
  auto event = device_.make_event();
  blocker ran;
  on_.when_done(event.what, jobs_.make([&] { ran.signal(); }));
  for (int i = 0; i < 20; ++i) {
    waits_->until_napping();
    auto const asked = device_.asked();
    waits_->advance(1ms);
    while (device_.asked() == asked) std::this_thread::yield();
  }
  EXPECT_EQ(waits_->most_napping(), 1U);
  waits_->until_napping();
  event.finish();
  waits_->advance(1ms);
  on_.wait(ran);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto const seconds = [](timeval const& each) {
    return static_cast<double>(each.tv_sec) + static_cast<double>(each.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// The interval ends by the deadline of a wait on the real clock.
TEST(IdleExecutor, UsesLessThanOnePercentOfACore) {
  machine world = machine::cpu_only();
  job_box jobs;
  executor on(world, 4);
  for (int i = 0; i < 100; ++i) on.submit(jobs.make([] {}));
  on.drain();
  blocker never;
  double const before = cpu_seconds();
  EXPECT_FALSE(on.wait(never, world.waits().now() + 500ms));
  EXPECT_LT(cpu_seconds() - before, 0.005);
}

}  // namespace
}  // namespace sluice::test
