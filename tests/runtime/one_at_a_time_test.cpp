// One thread inside, and those who wait outside let others run.

#include <atomic>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/runtime/detail/one_at_a_time.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test {
namespace {

// On a simulated machine a thread that blocked its operating system thread would stop all others.
TEST(OneAtATime, WhoIsInsideMayWaitAndNobodyElseIsIn) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    machine const world = machine::simulated(simulation_options(seed));
    os_waits& waits = world.waits();
    detail::one_at_a_time gate(waits);
    int inside = 0;
    int visits = 0;
    std::vector<std::unique_ptr<os_waits::thread>> threads;
    for (int i = 0; i < 4; ++i)
      threads.push_back(waits.start([&] {
        for (int round = 0; round < 5; ++round) {
          detail::one_at_a_time::inside const here(gate);
          EXPECT_EQ(++inside, 1);
          waits.pause();
          --inside;
          ++visits;
        }
      }));
    threads.clear();
    EXPECT_EQ(visits, 20);
  }
}

TEST(OneAtATime, HoldsAmongRealThreads) {
  machine const world = machine::cpu_only();
  os_waits& waits = world.waits();
  detail::one_at_a_time gate(waits);
  std::atomic<int> inside{0};
  int visits = 0;
  std::vector<std::unique_ptr<os_waits::thread>> threads;
  for (int i = 0; i < 4; ++i)
    threads.push_back(waits.start([&] {
      for (int round = 0; round < 200; ++round) {
        detail::one_at_a_time::inside const here(gate);
        EXPECT_EQ(++inside, 1);
        ++visits;
        --inside;
      }
    }));
  threads.clear();
  EXPECT_EQ(visits, 800);
}

}  // namespace
}  // namespace sluice::test
