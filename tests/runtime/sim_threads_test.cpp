// The threads of a simulated machine: one at a time, in an order that the seed gives.

#include <sluice/runtime/detail/sim_threads.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <support/places.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using detail::sim_threads;
using detail::thread_order;

// Each of `count` threads writes its letter `steps` times, with a pause behind each.
std::string letters(sim_threads& on, unsigned count, unsigned steps) {
  std::string written;
  std::vector<std::unique_ptr<os_waits::thread>> threads;
  threads.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    threads.push_back(on.start([&on, &written, steps, i] {
      for (unsigned step = 0; step < steps; ++step) {
        written.push_back(static_cast<char>('a' + i));
        on.pause();
      }
    }));
  threads.clear();
  return written;
}

TEST(SimThreads, RunOneAtATimeSoThatTheyNeedNoLock) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_threads on(seed);
    std::string const written = letters(on, 4, 50);
    EXPECT_EQ(written.size(), 200U);
    for (char const letter : {'a', 'b', 'c', 'd'})
      EXPECT_EQ(std::ranges::count(written, letter), 50);
  }
}

TEST(SimThreads, TheSameSeedGivesTheSameOrderAndAnotherSeedAnother) {
  std::set<std::string> orders;
  std::set<std::uint64_t> hashes;
  for (std::uint64_t const seed : seeds(200)) {
    SCOPED_TRACE(seed_line(seed));
    sim_threads once(seed);
    sim_threads again(seed);
    std::string const order = letters(once, 4, 60);
    EXPECT_EQ(letters(again, 4, 60), order);
    EXPECT_EQ(once.trace_hash(), again.trace_hash());
    orders.insert(order);
    hashes.insert(once.trace_hash());
  }
  if (seeds(200).size() == 1) return;
  EXPECT_GT(orders.size(), 70U);
  EXPECT_GE(hashes.size(), 100U);
}

TEST(SimThreads, AThreadThatStaysRunsUntilItWaits) {
  sim_threads on(1, thread_order::stay);
  EXPECT_EQ(letters(on, 3, 3), "aaabbbccc");
}

TEST(SimThreads, ThePriorityOfAThreadChangesAFewTimesOnly) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_threads on(seed, thread_order::priorities);
    std::string order = letters(on, 3, 100);
    order.erase(std::unique(order.begin(), order.end()), order.end());
    EXPECT_LE(order.size(), 3U + 2U * 3U);
  }
}

TEST(SimThreads, AThreadThatLooksAgainAndAgainMeetsWhatItLooksFor) {
  for (auto const order : {thread_order::uniform, thread_order::priorities, thread_order::starve,
                           thread_order::newest, thread_order::stay}) {
    SCOPED_TRACE(name_of(order));
    for (std::uint64_t const seed : seeds()) {
      SCOPED_TRACE(seed_line(seed));
      sim_threads on(seed, order);
      bool there = false;
      auto const other = on.start([&] { there = true; });
      while (!there) on.pause();
      EXPECT_TRUE(there);
    }
  }
}

TEST(SimThreads, AWaitIsOverWithTheSignalAlsoWhenThatCameBefore) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_threads on(seed);
    auto const spot = on.make_spot();
    bool ready = false;
    auto const giver = on.start([&] {
      ready = true;
      spot->notify();
    });
    while (!ready) spot->wait({});
    EXPECT_TRUE(ready);
  }
}

TEST(SimThreads, TimePassesWhenEverybodyWaits) {
  sim_threads on(1);
  auto const spot = on.make_spot();
  auto const before = std::chrono::steady_clock::now();
  auto const start = on.now();
  spot->wait(start + 10h);
  EXPECT_GE(on.now() - start, 10h);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1h);
}

TEST(SimThreads, TheEarliestDeadlineIsMetFirst) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_threads on(seed);
    auto const start = on.now();
    std::string woken;
    std::vector<std::unique_ptr<os_waits::spot>> spots;
    std::vector<std::unique_ptr<os_waits::thread>> threads;
    for (int i = 0; i < 3; ++i) spots.push_back(on.make_spot());
    for (int i = 0; i < 3; ++i)
      threads.push_back(on.start([&, i] {
        spots[static_cast<std::size_t>(i)]->wait(start + 1h * (3 - i));
        woken.push_back(static_cast<char>('1' + i));
      }));
    threads.clear();
    EXPECT_EQ(woken, "321");
  }
}

TEST(SimThreads, AThreadOfTheProgramsOwnMayWaitAndNotify) {
  sim_threads on(1);
  auto const here = on.make_spot();
  auto const there = on.make_spot();
  std::thread other([&] {
    there->wait({});
    here->notify();
  });
  there->notify();
  here->wait({});
  other.join();
}

TEST(SimThreadsDeathTest, WhenNobodyCanGoOnTheSeedIsNamedAndTheProcessEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        sim_threads on(77);
        on.make_spot()->wait({});
      },
      "seed 77: every thread waits");
}

}  // namespace
}  // namespace sluice::test
