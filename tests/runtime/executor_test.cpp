// Running jobs: which thread, in which order, and what a blocked job gives up.

#include <sluice/runtime/detail/executor.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/runtime/machine.hpp>
#include <support/jobs.hpp>
#include <support/places.hpp>

namespace sluice::test {
namespace {

using detail::blocker;
using detail::executor;

class OneWorker : public testing::Test {
 protected:
  // Runs `first` in a job and returns when nothing is left to do.
  void run(std::function<void()> first) {
    on_.submit(jobs_.make(std::move(first)));
    on_.drain();
  }
  detail::job& note(int number) {
    return jobs_.make([this, number] { order_.push_back(number); });
  }

  machine world_ = machine::cpu_only();
  job_box jobs_;
  std::vector<int> order_;
  executor on_{world_, 1};
};

TEST_F(OneWorker, RunsItsNewestJobFirst) {
  run([&] {
    for (int i = 0; i < 4; ++i) on_.submit(note(i));
  });
  EXPECT_EQ(order_, (std::vector{3, 2, 1, 0}));
}

// More than are taken at once, fewer than come between two fair turns.
TEST_F(OneWorker, RunsJobsFromOutsideInTheOrderTheyCame) {
  std::atomic<bool> queued = false;
  on_.submit(jobs_.make([&] {
    while (!queued) std::this_thread::yield();
  }));
  for (int i = 0; i < 50; ++i) on_.submit(note(i));
  queued = true;
  on_.drain();
  EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
  EXPECT_EQ(order_.size(), 50U);
}

TEST_F(OneWorker, RunsALastJobBehindEverythingThatWasQueuedBefore) {
  run([&] {
    on_.submit(note(0));
    on_.submit_last(note(10));
    on_.submit_last(note(11));
    on_.submit(note(1));
    on_.submit_next(note(2));
  });
  EXPECT_EQ(order_, (std::vector{2, 1, 0, 10, 11}));
}

// Random programs, long enough that the fair turns come: at its run no job of a lower number that
// was queued before a last job may be left.
TEST_F(OneWorker, RunsALastJobBehindEverythingBeforeAlsoUnderSteadyLoad) {
  for (auto const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    std::mt19937_64 random(seed);
    std::set<int> waiting;
    int next = 0;
    int last_jobs = 0;
    std::function<void()> queue_some = [&] {
      for (auto count = random() % 4; count > 0 && next < 4000; --count) {
        int const number = next++;
        waiting.insert(number);
        auto const kind = random() % 8;
        auto& made = jobs_.make([&, number, kind] {
          if (kind == 0) {
            ASSERT_EQ(*waiting.begin(), number);
            ++last_jobs;
          }
          waiting.erase(number);
          queue_some();
        });
        if (kind == 0)
          on_.submit_last(made);
        else if (kind == 1)
          on_.submit_next(made);
        else
          on_.submit(made);
      }
    };
    while (next < 4000) run(queue_some);
    EXPECT_TRUE(waiting.empty());
    EXPECT_GT(last_jobs, 100);
  }
}

// A job that queues itself over and over, until another one that was `queued_` has run.
class Starving : public OneWorker {
 protected:
  void spin_until(std::atomic<bool> const& seen) {
    again_ = &jobs_.make([this, &seen] {
      if (queued_) ++turns_;
      ASSERT_LT(turns_, 100'000) << "the other job is passed over for ever";
      if (!seen) on_.submit(*again_);
    });
    on_.submit(*again_);
  }

  std::atomic<bool> queued_ = false;
  detail::job* again_ = nullptr;
  int turns_ = 0;
};

TEST_F(Starving, PassesNoOldJobOver) {
  std::atomic<bool> seen = false;
  run([&] {
    on_.submit(jobs_.make([&] { seen = true; }));
    queued_ = true;
    spin_until(seen);
  });
  EXPECT_TRUE(seen);
}

TEST_F(Starving, PassesNoLastJobOver) {
  std::atomic<bool> seen = false;
  run([&] {
    on_.submit_last(jobs_.make([&] { seen = true; }));
    for (int i = 0; i < 20; ++i) on_.submit(note(i));
    queued_ = true;
    spin_until(seen);
  });
  EXPECT_TRUE(seen);
}

TEST_F(Starving, PassesNoJobFromOutsideOver) {
  std::atomic<bool> seen = false;
  blocker spinning;
  on_.submit(jobs_.make([&] {
    spinning.signal();
    spin_until(seen);
  }));
  on_.wait(spinning);
  on_.submit(jobs_.make([&] { seen = true; }));
  queued_ = true;
  on_.drain();
  EXPECT_TRUE(seen);
}

TEST_F(OneWorker, RunsTheNextJobInTheSameThreadWhenTheCallingOneReturns) {
  std::thread::id first;
  std::thread::id second;
  run([&] {
    first = std::this_thread::get_id();
    on_.submit_next(jobs_.make([&] { second = std::this_thread::get_id(); }));
    order_.push_back(1);
  });
  EXPECT_EQ(first, second);
}

TEST_F(OneWorker, RunsTheNextJobElsewhereWhenTheCallingOneBlocks) {
  run([&] {
    blocker ran;
    on_.submit_next(jobs_.make([&] { ran.signal(); }));
    on_.wait(ran);
    order_.push_back(1);
  });
  EXPECT_EQ(order_, std::vector{1});
}

TEST_F(OneWorker, RunsAJobTwoLevelsOfBlockedJobsWaitFor) {
  std::function<void(int)> const nest = [&](int depth) {
    blocker inner_done;
    if (depth < 40) {
      on_.submit(jobs_.make([&, depth] {
        nest(depth + 1);
        inner_done.signal();
      }));
      on_.wait(inner_done);
    }
    order_.push_back(depth);
  };
  run([&] { nest(0); });
  ASSERT_EQ(order_.size(), 41U);
  EXPECT_TRUE(std::is_sorted(order_.rbegin(), order_.rend()));
}

// C13, and the limit on stand-ins: 256 blocked jobs keep their threads, the others wait queued.
TEST_F(OneWorker, KeepsGoingWhenMoreJobsBlockThanItMayHaveThreads) {
  constexpr int count = 300;
  std::vector<std::unique_ptr<blocker>> signals;
  for (int i = 0; i < count; ++i) signals.push_back(std::make_unique<blocker>());
  std::atomic<int> done = 0;
  for (int i = 0; i < count; ++i)
    on_.submit(jobs_.make([&, i] {
      on_.wait(*signals[static_cast<std::size_t>(i)]);
      ++done;
    }));
  for (auto& each : signals) each->signal();
  on_.drain();
  EXPECT_EQ(done, count);
}

TEST_F(OneWorker, KnowsWhetherTheCallerIsInOneOfItsJobs) {
  EXPECT_FALSE(on_.inside());
  EXPECT_EQ(on_.slot(), 1U);
  run([&] {
    order_ = {on_.inside(), static_cast<int>(on_.slot())};
    blocker already;
    already.signal();
    on_.wait(already);
    order_.push_back(on_.inside());
  });
  EXPECT_EQ(order_, (std::vector{1, 0, 1}));
}

TEST_F(OneWorker, IsOutsideForAJobOfAnotherExecutor) {
  executor other(world_, 1);
  run([&] {
    blocker done;
    other.submit(jobs_.make([&] {
      order_ = {on_.inside(), other.inside()};
      on_.submit(jobs_.make([&] { done.signal(); }));
    }));
    on_.wait(done);
    order_.push_back(other.inside());
  });
  EXPECT_EQ(order_, (std::vector{0, 1, 0}));
}

TEST_F(OneWorker, KeepsASignalThatComesBeforeTheWaitAndTakesItOnce) {
  blocker early;
  early.signal();
  EXPECT_TRUE(on_.wait(early));
  EXPECT_FALSE(on_.wait(early, world_.waits().now()));
}

class Executor : public testing::TestWithParam<unsigned> {
 protected:
  machine world_ = machine::cpu_only();
  job_box jobs_;
  executor on_{world_, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(With, Executor, testing::Values(1, 2, 4), [](auto const& tested) {
  return std::to_string(tested.param) + "Workers";
});

class SeveralWorkers : public Executor {};
INSTANTIATE_TEST_SUITE_P(With, SeveralWorkers, testing::Values(2, 4), [](auto const& tested) {
  return std::to_string(tested.param) + "Workers";
});

TEST_P(Executor, RunsEveryJobOnceWhoeverSubmitsIt) {
  constexpr int outside_threads = 3;
  constexpr int roots = 200;
  constexpr int children = 20;
  std::vector<std::atomic<int>> runs(outside_threads * roots * (children + 1));
  std::vector<std::thread> submitters;
  for (int thread = 0; thread < outside_threads; ++thread)
    submitters.emplace_back([&, thread] {
      for (int root = 0; root < roots; ++root) {
        auto const first = static_cast<std::size_t>((thread * roots + root) * (children + 1));
        on_.submit(jobs_.make([&, first] {
          ++runs[first];
          for (std::size_t child = 1; child <= children; ++child) {
            auto& made = jobs_.make([&, at = first + child] { ++runs[at]; });
            if (child % 3 == 0)
              on_.submit_last(made);
            else if (child % 3 == 1)
              on_.submit_next(made);
            else
              on_.submit(made);
          }
        }));
      }
    });
  for (auto& each : submitters) each.join();
  on_.drain();
  for (auto const& each : runs) ASSERT_EQ(each, 1);
}

// A wakeup that is lost leaves the job queued and this test hanging.
TEST_P(Executor, WakesForEachJobThatComesWhileItGoesToSleep) {
  for (int i = 0; i < 5000; ++i) {
    blocker ran;
    on_.submit(jobs_.make([&] { ran.signal(); }));
    on_.wait(ran);
  }
}

// The first job holds its worker until another thread has run the second one.
TEST_P(SeveralWorkers, WakeEachOtherForWhatABusyOneQueues) {
  for (int i = 0; i < 500; ++i) {
    std::atomic<bool> ran = false;
    blocker done;
    on_.submit(jobs_.make([&] {
      on_.submit(jobs_.make([&] { ran = true; }));
      while (!ran) std::this_thread::yield();
      done.signal();
    }));
    on_.wait(done);
  }
}

TEST_P(Executor, RunsNoMoreJobsAtOnceThanItHasSlotsWhateverBlocks) {
  std::atomic<unsigned> running = 0;
  std::atomic<unsigned> most = 0;
  auto const enter = [&] {
    unsigned const now = ++running;
    for (unsigned seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
  };
  for (int i = 0; i < 200; ++i)
    on_.submit(jobs_.make([&] {
      enter();
      for (int round = 0; round < 5; ++round) {
        blocker answered;
        on_.submit(jobs_.make([&] {
          enter();
          answered.signal();
          --running;
        }));
        --running;
        on_.wait(answered);
        enter();
      }
      --running;
    }));
  on_.drain();
  EXPECT_LE(most, GetParam());
  EXPECT_EQ(running, 0U);
}

TEST_P(Executor, GivesAJobThatComesBackASlotAmongJobsThatNeverEnd) {
  std::atomic<bool> back = false;
  std::vector<detail::job*> busy;
  blocker go;
  on_.submit(jobs_.make([&] {
    on_.wait(go);
    back = true;
  }));
  for (std::size_t i = 0; i < 2 * GetParam(); ++i) {
    busy.push_back(nullptr);
    busy[i] = &jobs_.make([&, i] {
      if (i == 0) go.signal();
      if (!back) on_.submit(*busy[i]);
    });
  }
  for (auto* const each : busy) on_.submit(*each);
  on_.drain();
  EXPECT_TRUE(back);
}

TEST_P(Executor, NeverUsesOneSlotInTwoThreads) {
  std::vector<std::atomic<int>> users(GetParam());
  std::atomic<bool> shared = false;
  for (int i = 0; i < 2000; ++i)
    on_.submit(jobs_.make([&] {
      auto& mine = users[on_.slot()];
      if (++mine != 1) shared = true;
      --mine;
      blocker answered;
      on_.submit(jobs_.make([&] { answered.signal(); }));
      on_.wait(answered);
      auto& after = users[on_.slot()];
      if (++after != 1) shared = true;
      --after;
    }));
  on_.drain();
  EXPECT_FALSE(shared);
}

// C13: no static state, so executors come and go independently, also inside each other's jobs.
TEST_P(Executor, LivesBesideOthersAndInsideTheirJobs) {
  std::atomic<int> runs = 0;
  for (int i = 0; i < 20; ++i)
    on_.submit(jobs_.make([&] {
      executor inner(world_, GetParam());
      job_box inner_jobs;
      std::atomic<int> left = 50;
      blocker all;
      for (int k = 0; k < 50; ++k)
        inner.submit(inner_jobs.make([&] {
          blocker back;
          on_.submit(jobs_.make([&] {
            ++runs;
            back.signal();
          }));
          inner.wait(back);
          if (--left == 0) all.signal();
        }));
      on_.wait(all);  // gives the slot away, which inner.drain() would not
    }));
  on_.drain();
  EXPECT_EQ(runs, 20 * 50);
}

TEST_P(Executor, MayEndWhileTheThreadThatRanItsLastJobIsStillAtIt) {
  for (int i = 0; i < 200; ++i) {
    blocker done;
    job_box jobs;
    executor brief(world_, GetParam());
    brief.submit(jobs.make([&] { done.signal(); }));
    brief.wait(done);
  }
}

TEST_P(Executor, DrainsOnlyWhenBlockedJobsHaveEnded) {
  std::atomic<bool> ended = false;
  blocker go;
  on_.submit(jobs_.make([&] {
    on_.wait(go);
    ended = true;
  }));
  on_.submit(jobs_.make([&] { on_.submit(jobs_.make([&] { go.signal(); })); }));
  on_.drain();
  EXPECT_TRUE(ended);
  on_.drain();  // with nothing to do
}

// A mixture by seed: jobs that make jobs, block, signal and come back.
TEST_P(Executor, RunsRandomProgramsToTheirEnd) {
  for (auto const seed : seeds(5)) {
    SCOPED_TRACE(seed_line(seed));
    std::atomic<int> left = 3000;
    std::atomic<std::uint64_t> draws = seed * 1000;
    std::function<void()> const body = [&] {
      std::mt19937_64 random(++draws);
      for (auto count = 1 + random() % 2; count > 0; --count) {
        if (--left < 0) return;
        switch (random() % 4) {
          case 0:
            on_.submit_last(jobs_.make(body));
            break;
          case 1:
            on_.submit_next(jobs_.make(body));
            break;
          case 2:
            on_.submit(jobs_.make(body));
            break;
          default: {
            blocker done;
            on_.submit(jobs_.make([&] {
              body();
              done.signal();
            }));
            on_.wait(done);
          }
        }
      }
    };
    while (left > 0) {
      on_.submit(jobs_.make(body));
      on_.drain();
    }
    EXPECT_LE(left, 0);
  }
}

}  // namespace
}  // namespace sluice::test
