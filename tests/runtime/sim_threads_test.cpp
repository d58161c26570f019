// The threads of a simulated machine: one at a time, in an order that the seed gives.

#include <sluice/runtime/detail/sim_threads.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
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
using detail::thread_schedule;

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

// Threads 0, 1, ..., each of which can run since so long.
std::vector<thread_schedule::candidate> able(std::initializer_list<std::uint64_t> since) {
  std::vector<thread_schedule::candidate> from;
  for (std::uint64_t const each : since) {
    thread_schedule::candidate& next = from.emplace_back();
    next.thread = static_cast<unsigned>(from.size() - 1);
    next.since = each;
  }
  return from;
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
                           thread_order::newest, thread_order::stay, thread_order::starve_task}) {
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

TEST(SimThreads, HaveTheOrderThatTheMachineWasAskedFor) {
  using detail::thread_order_of;
  EXPECT_EQ(thread_order_of(sim_order::priorities), thread_order::priorities);
  EXPECT_EQ(thread_order_of(sim_order::starve_task), thread_order::starve_task);
  EXPECT_EQ(thread_order_of(sim_order::newest), thread_order::newest);
  EXPECT_EQ(thread_order_of(sim_order::eager), thread_order::stay);  // who could run first goes on
  for (auto const of_devices :
       {sim_order::uniform, sim_order::starve_stream, sim_order::at_sync, sim_order::slow_copies})
    EXPECT_EQ(thread_order_of(of_devices), thread_order::uniform);
}

TEST(ThreadSchedule, TheNewestIsTheOneThatCouldRunLast) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    thread_schedule schedule(seed, thread_order::newest);
    auto const from = able({3, 9, 5});
    for (int i = 0; i < 500; ++i) ASSERT_EQ(schedule.pick(from, 0), 1U);
  }
}

TEST(ThreadSchedule, UniformGoesToEachAsOftenAsToTheOthers) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    thread_schedule schedule(seed, thread_order::uniform);
    auto const from = able({3, 9, 5, 4});
    std::array<int, 4> picked{};
    for (int i = 0; i < 1000; ++i) ++picked[schedule.pick(from, {})];
    for (int const each : picked) {
      EXPECT_GT(each, 150);
      EXPECT_LT(each, 350);
    }
  }
}

TEST(ThreadSchedule, AThreadInTheStarvedTaskGoesOnWhenNoOtherCanOrNowAndThen) {
  std::set<std::uint64_t> starved;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    thread_schedule schedule(seed, thread_order::starve_task);
    auto from = able({1, 2, 3, 4, 5});
    for (std::size_t i = 1; i < 5; ++i) from[i].task = 100 + i % 2;  // two of each; one of none
    std::map<std::uint64_t, int> picked;
    for (int i = 0; i < 256 * 40; ++i) ++picked[from[schedule.pick(from, {})].task];
    std::uint64_t const victim = picked[100] < picked[101] ? 100 : 101;
    EXPECT_GT(picked[victim], 0) << "it waits for ever";
    EXPECT_LE(picked[victim], 40);
    EXPECT_GT(picked[201 - victim], 1000);
    EXPECT_GT(picked[0], 1000);
    starved.insert(victim);
    std::erase_if(from, [&](auto const& each) { return each.task != victim; });
    EXPECT_LT(schedule.pick(from, {}), from.size());
  }
  if (seeds().size() == 20) {
    EXPECT_EQ(starved.size(), 2U);
  }
}

// What a schedule without a name says, as for devices in tests/cuda/sim_named_order_test.cpp.
std::uint64_t choices_of(std::uint64_t seed) {
  thread_schedule schedule(seed);
  std::vector<thread_schedule::candidate> from;
  std::uint64_t hash = 0;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    from.assign(1 + i % 5, {});
    for (std::uint64_t t = 0; t < from.size(); ++t) {
      from[t].thread = static_cast<unsigned>((i + 3 * t) % 7);
      from[t].since = detail::mixed(8 * i + t + 1) % 1000;
    }
    std::optional<std::size_t> current;
    if (i % 3 != 0) current = i / 3 % from.size();
    hash = detail::mixed(hash * 31 + schedule.pick(from, current) + 1);
  }
  return hash;
}

// A seed that somebody wrote down means the same as ever: these are of the time before there were
// names.
TEST(ThreadSchedule, WithoutANameASeedChoosesAsEver) {
  constexpr std::array<std::uint64_t, 20> chosen{
      0x7c9a7d39afa77364u, 0xc8a2d0d58e58282fu, 0xbd015f8f8fc8ef9cu, 0x652802a0d793c049u,
      0x14293ff7bcd0a169u, 0x7897848373a68783u, 0x47597f73643ab6eeu, 0x0389a1105eccfbc5u,
      0x85b2fa31e0dc6c29u, 0xbbeb9bbbd6f8015au, 0x85b2fa31e0dc6c29u, 0x47597f73643ab6eeu,
      0x47597f73643ab6eeu, 0x505d53608a105a0bu, 0xafe44d7c6d21e89eu, 0x8b16bcc6d5e2fd6bu,
      0x74d3e1c68c987d46u, 0x751fa2e9323f4038u, 0x85b2fa31e0dc6c29u, 0x47597f73643ab6eeu};
  for (std::uint64_t seed = 1; seed <= chosen.size(); ++seed)
    EXPECT_EQ(choices_of(seed), chosen[seed - 1]) << seed_line(seed);
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
