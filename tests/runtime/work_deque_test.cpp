// The deque of a worker: one owner, many thieves, each item to exactly one of them.

#include <sluice/runtime/detail/work_deque.hpp>

#include <atomic>
#include <cstddef>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <support/places.hpp>

namespace sluice::test {
namespace {

struct item {
  std::size_t number = 0;
  std::atomic<int> taken{0};
};

std::vector<item> items(std::size_t count) {
  std::vector<item> made(count);
  for (std::size_t i = 0; i < count; ++i) made[i].number = i;
  return made;
}

TEST(WorkDeque, GivesItsOwnerTheNewestAndThievesTheOldest) {
  auto made = items(4);
  detail::work_deque<item> deque;
  for (auto& each : made) ASSERT_TRUE(deque.push(each));

  EXPECT_EQ(deque.pop(), &made[3]);
  EXPECT_EQ(deque.steal(), &made[0]);
  EXPECT_EQ(deque.steal(), &made[1]);
  EXPECT_EQ(deque.pop(), &made[2]);
  EXPECT_EQ(deque.pop(), nullptr);
  EXPECT_EQ(deque.steal(), nullptr);
  EXPECT_TRUE(deque.empty());
}

TEST(WorkDeque, KeepsEveryItemWhenItGrowsWithItsItemsAcrossTheEndOfTheRing) {
  auto made = items(1000);
  detail::work_deque<item> deque(4);
  std::size_t next_in = 0;
  std::size_t next_out = 0;
  for (; next_in < 3; ++next_in) ASSERT_TRUE(deque.push(made[next_in]));
  for (; next_out < 2; ++next_out) ASSERT_EQ(deque.steal(), &made[next_out]);
  for (; next_in < made.size(); ++next_in) ASSERT_TRUE(deque.push(made[next_in]));
  for (; next_out < made.size(); ++next_out) ASSERT_EQ(deque.steal(), &made[next_out]);
  EXPECT_TRUE(deque.empty());
}

TEST(WorkDeque, CanBeUsedAgainAfterItsLastItemWasPopped) {
  auto made = items(3);
  detail::work_deque<item> deque(2);
  for (int round = 0; round < 10; ++round) {
    for (auto& each : made) ASSERT_TRUE(deque.push(each));
    for (std::size_t i = made.size(); i-- > 0;) ASSERT_EQ(deque.pop(), &made[i]);
    ASSERT_EQ(deque.pop(), nullptr);
  }
}

// The owner pushes and pops at random while thieves steal; a growing ring is part of it.
TEST(WorkDeque, GivesEachItemToExactlyOneThreadWhileThievesStealAtTheSameTime) {
  for (auto const seed : seeds(4)) {
    SCOPED_TRACE(seed_line(seed));
    auto made = items(40'000);
    detail::work_deque<item> deque(2);
    std::atomic<std::size_t> taken{0};
    auto const take = [&](item* each) {
      if (each == nullptr) return;
      each->taken.fetch_add(1, std::memory_order_relaxed);
      taken.fetch_add(1, std::memory_order_relaxed);
    };
    std::vector<std::thread> thieves;
    for (int i = 0; i < 3; ++i)
      thieves.emplace_back([&] {
        while (taken.load(std::memory_order_relaxed) < made.size()) take(deque.steal());
      });
    std::mt19937_64 random(seed);
    for (std::size_t next = 0; next < made.size();) {
      for (auto burst = random() % 8; burst > 0 && next < made.size(); --burst)
        ASSERT_TRUE(deque.push(made[next++]));
      for (auto burst = random() % 8; burst > 0; --burst) take(deque.pop());
    }
    while (!deque.empty()) take(deque.pop());
    for (auto& each : thieves) each.join();
    for (auto const& each : made) ASSERT_EQ(each.taken.load(), 1) << "item " << each.number;
  }
}

// One item at a time: owner and thief race for the last one over and over.
TEST(WorkDeque, GivesTheLastItemToOwnerOrThiefButNeverToBoth) {
  constexpr std::size_t count = 50'000;
  auto made = items(count);
  detail::work_deque<item> deque(2);
  std::atomic<std::size_t> taken{0};
  std::thread thief([&] {
    while (taken.load(std::memory_order_relaxed) < count)
      if (item* const each = deque.steal()) {
        each->taken.fetch_add(1, std::memory_order_relaxed);
        taken.fetch_add(1, std::memory_order_relaxed);
      }
  });
  for (auto& each : made) {
    ASSERT_TRUE(deque.push(each));
    if (item* const own = deque.pop()) {
      own->taken.fetch_add(1, std::memory_order_relaxed);
      taken.fetch_add(1, std::memory_order_relaxed);
    }
    ASSERT_EQ(deque.pop(), nullptr);
  }
  thief.join();
  for (auto const& each : made) ASSERT_EQ(each.taken.load(), 1) << "item " << each.number;
}

// What the owner wrote into an item before push() must be there for the thief: plain fields, so
// that ThreadSanitizer sees it if it is not.
TEST(WorkDeque, ShowsAThiefWhatTheOwnerWroteBeforeThePush) {
  constexpr std::size_t count = 20'000;
  std::vector<std::size_t> made(count, 0);
  detail::work_deque<std::size_t> deque(2);
  std::atomic<bool> wrong{false};
  std::atomic<std::size_t> taken{0};
  std::thread thief([&] {
    while (taken.load(std::memory_order_relaxed) < count)
      if (std::size_t* const each = deque.steal()) {
        if (*each != static_cast<std::size_t>(each - made.data()) + 1) wrong.store(true);
        taken.fetch_add(1, std::memory_order_relaxed);
      }
  });
  for (std::size_t i = 0; i < count; ++i) {
    made[i] = i + 1;
    ASSERT_TRUE(deque.push(made[i]));
  }
  thief.join();
  EXPECT_FALSE(wrong.load());
}

}  // namespace
}  // namespace sluice::test
