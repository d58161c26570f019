// The mutex of short sections: one at a time, and nobody who sleeps is left behind.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <sluice/runtime/detail/light_mutex.hpp>

namespace sluice::test {
namespace {

using mutex_under_test = detail::basic_light_mutex<std::atomic>;

class LightMutex : public testing::Test {
 protected:
  mutex_under_test mutex_;
  long count_ = 0;  // guarded by mutex_
};

TEST_F(LightMutex, LetsOneThreadInAtATime) {
  constexpr int threads = 4;
  constexpr long turns = 50'000;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([this] {
      for (long turn = 0; turn < turns; ++turn) {
        std::lock_guard const lock(mutex_);
        ++count_;
      }
    });
  for (std::thread& each : all) each.join();
  EXPECT_EQ(count_, threads * turns);
}

// Held until every other thread has had the time to give up spinning and to sleep.
TEST_F(LightMutex, WakesAllWhoSleptForIt) {
  constexpr int threads = 3;
  std::atomic<int> at_the_door{0};
  std::vector<std::thread> all;
  {
    std::lock_guard const lock(mutex_);
    for (int i = 0; i < threads; ++i)
      all.emplace_back([&] {
        ++at_the_door;
        std::lock_guard const mine(mutex_);
        ++count_;
      });
    while (at_the_door.load() < threads) std::this_thread::yield();
    for (int i = 0; i < 10'000; ++i) std::this_thread::yield();
  }
  for (std::thread& each : all) each.join();
  EXPECT_EQ(count_, threads);
}

}  // namespace
}  // namespace sluice::test
