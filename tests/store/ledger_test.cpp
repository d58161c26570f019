// C15: allocated and granted bytes never exceed the limit, at any instant, and the account is
// exact.

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/cuda/error.hpp>
#include <sluice/store/ledger.hpp>

namespace sluice {

TEST(Ledger, CountsWhatIsReservedAndRemembersThePeak) {
  ledger account(location(tier::host), 100);
  auto first = account.try_reserve(60);
  ASSERT_TRUE(first);
  auto second = account.try_reserve(40);
  ASSERT_TRUE(second);
  EXPECT_EQ(account.figures().used_bytes, 100u);
  EXPECT_EQ(account.free_bytes(), 0u);
  first->give_back();
  EXPECT_EQ(account.figures().used_bytes, 40u);
  EXPECT_EQ(account.figures().peak_bytes, 100u);
  EXPECT_EQ(account.figures().limit_bytes, 100u);
}

// C15
TEST(Ledger, RefusesOneByteTooMuchAndTakesExactlyTheLimit) {
  ledger account(location(tier::host), 100);
  EXPECT_FALSE(account.try_reserve(101));
  EXPECT_FALSE(account.try_reserve(SIZE_MAX));
  auto const all = account.try_reserve(100);
  EXPECT_TRUE(all);
  EXPECT_FALSE(account.try_reserve(1));
  EXPECT_TRUE(account.try_reserve(0));
  EXPECT_EQ(account.figures().peak_bytes, 100u);
}

// C15
TEST(Ledger, GivesBackOnceHoweverAReservationIsMoved) {
  ledger account(location(tier::host), 100);
  {
    reservation held = std::move(*account.try_reserve(30));
    reservation moved = std::move(held);
    EXPECT_EQ(held.bytes(), 0u);  // NOLINT(bugprone-use-after-move): what a moved one holds
    moved = std::move(*account.try_reserve(50));
    EXPECT_EQ(account.figures().used_bytes, 50u);
    reservation const part = moved.split(20);
    EXPECT_EQ(part.bytes(), 20u);
    EXPECT_EQ(moved.bytes(), 30u);
    EXPECT_EQ(account.figures().used_bytes, 50u);
    EXPECT_THROW(moved.split(31), misuse);
  }
  EXPECT_EQ(account.figures().used_bytes, 0u);
}

// C15: at any instant, whoever else asks meanwhile.
TEST(Ledger, IsExactAndNeverOverItsLimitUnderThreads) {
  constexpr std::size_t limit = 1000;
  ledger account(location(tier::host), limit);
  std::atomic<bool> done{false};
  std::atomic<bool> over{false};
  std::atomic<std::size_t> refused{0};
  std::thread observer([&] {
    while (!done.load()) {
      pool_figures const now = account.figures();
      if (now.used_bytes > limit || now.peak_bytes > limit || now.peak_bytes < now.used_bytes)
        over.store(true);
    }
  });
  std::vector<std::thread> workers(4);
  for (std::size_t t = 0; t < 4; ++t)
    workers[t] = std::thread([&, t] {
      std::vector<reservation> held;
      for (std::size_t i = 0; i < 20000; ++i) {
        if (auto got = account.try_reserve(1 + (i * 37 + t * 101) % 300))
          held.push_back(std::move(*got));
        else
          refused.fetch_add(1);
        if (held.size() > 8) held.erase(held.begin());
      }
    });
  for (std::thread& each : workers) each.join();
  done.store(true);
  observer.join();
  EXPECT_FALSE(over.load());
  EXPECT_GT(refused.load(), 0u);
  EXPECT_EQ(account.figures().used_bytes, 0u);
  EXPECT_GT(account.figures().peak_bytes, limit - 300);
}

}  // namespace sluice
