// The order in which memory is written, read, moved and used again on a device that runs late and
// in odd order (C3, C8). Each kind of wait has a program that is right with every seed, and wrong
// with at least one when the device leaves that kind out.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <support/checked_device.hpp>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

struct needed_wait {
  wait_reason reason;
  std::function<bool(store_world&)> is_right;
  store_limits limits;
};

store_limits roomy() {
  store_limits limits;
  limits.device = limits.pinned = limits.host = 64 * kib;
  return limits;
}
store_limits narrow() {
  store_limits limits = roomy();
  limits.device = 4 * kib;
  return limits;
}

bool reads_behind_the_write(store_world& world) {
  chunk const made = world.make(on_device, 4 * kib, 1, 0);
  return world.read_on_device(made, 1) == content_of(1, 4 * kib);
}

bool writes_behind_the_last_reader(store_world& world) {
  chunk first = world.make(on_device, 4 * kib, 1, 0);
  auto open = world.open_at(first, on_device, world.on(1));
  bytes const& seen = world.read_later(open, world.on(1));
  open.close();
  first = chunk();
  chunk const second = world.make(on_device, 4 * kib, 2, 2);
  world.on(2).sync();
  world.on(1).sync();
  return seen == content_of(1, 4 * kib) && world.read(second) == content_of(2, 4 * kib);
}

bool writes_behind_a_writer_that_gave_up(store_world& world) {
  {
    writer<std::byte> const dropped = world.room(on_device, 4 * kib, 0);
    world.fill(dropped, 1);
  }
  chunk const second = world.make(on_device, 4 * kib, 2, 1);
  world.on(1).sync();
  world.on(0).sync();
  return world.read(second) == content_of(2, 4 * kib);
}

bool stages_behind_the_last_reader(store_world& world) {
  chunk const other = world.make(in_pinned, 4 * kib, 2);
  chunk first = world.make(on_device, 4 * kib, 1, 0);
  auto open = world.open_at(first, on_device, world.on(1));
  bytes const& seen = world.read_later(open, world.on(1));
  open.close();
  first = chunk();
  bytes const staged = world.read_on_device(other, 2);
  world.on(1).sync();
  return seen == content_of(1, 4 * kib) && staged == content_of(2, 4 * kib);
}

bool spills_behind_the_write(store_world& world) {
  chunk const first = world.make(on_device, 4 * kib, 1, 0);
  chunk const second = world.make(on_device, 4 * kib, 2, 1);
  return world.read(first) == content_of(1, 4 * kib) &&
         world.read(second) == content_of(2, 4 * kib);
}

bool stages_down_behind_the_write(store_world& world) {
  chunk const made = world.make(on_device, 4 * kib, 1, 0);
  return world.read(made) == content_of(1, 4 * kib);
}

// The source of the copy up is itself still on its way down, to memory that nothing else orders.
bool stages_up_behind_the_copy_down(store_world& world) {
  chunk const first = world.make(on_device, 1 * kib, 1, 0);
  chunk large = world.make(on_device, 3 * kib, 2, 1);
  chunk const second = world.make(on_device, 1 * kib, 3, 1);
  large = chunk();
  return world.read_on_device(first, 2) == content_of(1, 1 * kib);
}

std::vector<needed_wait> hazards() {
  return {{wait_reason::input_written, reads_behind_the_write, roomy()},
          {wait_reason::memory_reused, writes_behind_the_last_reader, narrow()},
          {wait_reason::memory_reused, writes_behind_a_writer_that_gave_up, narrow()},
          {wait_reason::memory_reused, stages_behind_the_last_reader, narrow()},
          {wait_reason::spill_read, spills_behind_the_write, narrow()},
          {wait_reason::memory_reused, spills_behind_the_write, narrow()},
          {wait_reason::stage_read, stages_down_behind_the_write, roomy()},
          {wait_reason::stage_read, stages_up_behind_the_copy_down, narrow()}};
}

// Without a log the process ends with the first hazard that the checker finds.
bool is_right(needed_wait const& tested, std::uint64_t seed, std::optional<wait_reason> without,
              std::shared_ptr<hazard_log> hazards = nullptr) {
  sim_options options;
  options.hazards = std::move(hazards);
  options.seed = seed;
  options.memory_bytes = 1 << 20;
  options.skip_waits = without;
  store_world world(place(), tested.limits, open_sim(options));
  return tested.is_right(world);
}

}  // namespace

class Hazard : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Each, Hazard, testing::Range<std::size_t>(0, hazards().size()),
                         [](auto const& tested) {
                           return std::string(name_of(hazards()[tested.param].reason)) + "_" +
                                  std::to_string(tested.param);
                         });

TEST_P(Hazard, IsExcludedByItsWaitWithEverySeed) {
  for (std::uint64_t const seed : seeds(100)) {
    SCOPED_TRACE(seed_line(seed));
    EXPECT_TRUE(is_right(hazards()[GetParam()], seed, {}));
  }
}

TEST_P(Hazard, ShowsWithSomeSeedWithoutItsWait) {
  needed_wait const tested = hazards()[GetParam()];
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    if (!is_right(tested, seed, tested.reason, unchecked())) ++wrong;
  EXPECT_GE(wrong, 1u);
  std::printf("%s: wrong with %zu of 20 seeds\n", std::string(name_of(tested.reason)).c_str(),
              wrong);
}

// Where the event was found done before, there is nothing to wait for and no hazard.
TEST_P(Hazard, IsReportedWithNearlyEverySeedWithoutItsWaitAndAlwaysWhereItShows) {
  needed_wait const tested = hazards()[GetParam()];
  std::size_t reported = 0;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const log = keeping_log();
    bool const shows = !is_right(tested, seed, tested.reason, log);
    if (log->hazards().empty()) {
      EXPECT_FALSE(shows);
      continue;
    }
    ++reported;
    hazard const first = log->hazards().front();
    EXPECT_THAT(first.missing, testing::HasSubstr("never waited for an event recorded on"));
  }
  if (seeds().size() == 20) {
    EXPECT_GE(reported, 15u);
  }
}

// Pageable memory may be read at the call, so waiting on the device does not do.
TEST(Hazard, APageableSourceIsCompleteBeforeItIsCopiedUp) {
  for (std::uint64_t const seed : seeds(100)) {
    SCOPED_TRACE(seed_line(seed));
    store_limits limits = narrow();
    limits.pinned = 0;
    sim_options options;
    options.seed = seed;
    store_world world(place(), limits, open_sim(options));
    chunk const first = world.make(on_device, 4 * kib, 1, 0);
    chunk second = world.make(on_device, 4 * kib, 2, 1);
    second = chunk();
    EXPECT_EQ(world.read_on_device(first, 2), content_of(1, 4 * kib));
  }
}

// Memory for the host is not handed on while a device uses it.
TEST(Hazard, HostMemoryIsNotUsedAgainWhileADeviceReadsIt) {
  for (location const where : {in_pinned, in_host}) {
    for (std::uint64_t const seed : seeds(100)) {
      SCOPED_TRACE(seed_line(seed) + " " + name_of(where));
      store_limits limits = roomy();
      limits.pinned = limits.host = 4 * kib;
      sim_options options;
      options.seed = seed;
      store_world world(place(), limits, open_sim(options));
      chunk first = world.make(where, 4 * kib, 1);
      auto open = world.open_at(first, on_device, world.on(0));
      first = chunk();
      chunk const second = world.make(where, 4 * kib, 2);
      bytes const& seen = world.read_later(open, world.on(0));
      world.on(0).sync();
      EXPECT_EQ(seen, content_of(1, 4 * kib));
      EXPECT_EQ(world.read(second), content_of(2, 4 * kib));
    }
  }
}

}  // namespace sluice::test
