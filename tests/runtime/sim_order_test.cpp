// A machine that is asked for an order by name gives it to its threads and to its devices.

#include <sluice/cuda/sim_order.hpp>

#include <stdlib.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/runtime.hpp>
#include <support/places.hpp>

namespace sluice::test {
namespace {

// As three threads write them that stop behind each.
std::string letters(os_waits& on) {
  std::string written;
  std::vector<std::unique_ptr<os_waits::thread>> threads;
  for (char const letter : {'a', 'b', 'c'})
    threads.push_back(on.start([&on, &written, letter] {
      for (int i = 0; i < 4; ++i) {
        written.push_back(letter);
        on.pause();
      }
    }));
  threads.clear();
  return written;
}

TEST(SimOrder, IsOfTheThreadsAndOfAllDevices) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    simulation_options options(seed);
    options.order = sim_order::eager;
    options.gpus = 2;
    machine const here = machine::simulated(options);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_TRUE(here.device(i).info().name.ends_with(", order eager"));
    EXPECT_EQ(letters(here.waits()), "aaaabbbbcccc");
  }
}

TEST(SimOrder, IsReadFromTheEnvironmentBehindTheSeed) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ASSERT_EQ(::setenv("SLUICE_MACHINE", ("sim:" + std::to_string(seed) + ":eager").c_str(), 1), 0);
    machine const here = machine::detect();
    EXPECT_EQ(here.seed(), seed);
    EXPECT_TRUE(here.device(0).info().name.ends_with(", order eager"));
    EXPECT_EQ(letters(here.waits()), "aaaabbbbcccc");
  }
  ASSERT_EQ(::unsetenv("SLUICE_MACHINE"), 0);
}

TEST(SimOrder, AWrongNameInTheEnvironmentIsRefusedWithTheRightOnes) {
  for (char const* const wrong : {"sim:7:", "sim:7:newer", "sim:7x:newest", "sim::newest",
                                  "sim:newest", "sim:7:newest:", "sim:7 newest"}) {
    ASSERT_EQ(::setenv("SLUICE_MACHINE", wrong, 1), 0);
    try {
      machine::detect();
      ADD_FAILURE() << wrong << " was taken";
    } catch (device_unavailable const& refused) {
      std::string const text = refused.what();
      EXPECT_NE(text.find(wrong), std::string::npos) << text;
      EXPECT_NE(text.find("sim:SEED:ORDER"), std::string::npos) << text;
      EXPECT_NE(text.find(sim_order_names()), std::string::npos) << text;
    }
  }
  ASSERT_EQ(::unsetenv("SLUICE_MACHINE"), 0);
}

int writes(char letter, std::string* written, os_waits* on) {
  for (int i = 0; i < 20; ++i) {
    written->push_back(letter);
    on->pause();
  }
  return 0;
}

// Two tasks on two workers; the letters as the steps wrote them.
std::string letters_of_tasks(std::uint64_t seed) {
  simulation_options machine_options(seed);
  machine_options.order = sim_order::starve_task;
  machine_options.gpus = 0;
  runtime_options options;
  options.workers = 2;
  runtime rt(machine::simulated(machine_options), options);
  std::string written;
  os_waits& on = rt.world().waits();
  auto const left = rt.submit(task("left", writes), 'l', &written, &on);
  auto const right = rt.submit(task("right", writes), 'r', &written, &on);
  rt.get(left);
  rt.get(right);
  return written;
}

TEST(SimOrderStarveTask, KeepsBackTheStepsOfOneTaskWhereTheyStop) {
  std::set<char> starved;
  std::size_t behind = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::string const written = letters_of_tasks(seed);
    ASSERT_EQ(written.size(), 40U);
    starved.insert(written.back());
    // It may have written one letter before it stopped for the first time.
    std::string const end(19, written.back());
    if (written.ends_with(end)) ++behind;
  }
  EXPECT_GE(behind, 15U);
  EXPECT_EQ(starved, (std::set<char>{'l', 'r'}));
}

}  // namespace
}  // namespace sluice::test
