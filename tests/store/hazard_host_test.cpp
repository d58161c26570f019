// The store tells a simulated device what the host does to its bytes: a missing edge between the
// host and a device is found at this level, too (C3, C8).

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/checked_device.hpp>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

store_limits narrow(std::size_t pinned_bytes) {
  store_limits limits;
  limits.device = 4 * kib;
  limits.pinned = pinned_bytes;
  limits.host = 64 * kib;
  return limits;
}

// Spills, stages and reads at the host and at the device.
std::shared_ptr<hazard_log> spill_and_read(std::uint64_t seed, std::size_t pinned_bytes,
                                           hazard_options options) {
  options.response = hazard_response::collect;
  auto const log = std::make_shared<hazard_log>(options);
  store_world world(place(), narrow(pinned_bytes), open_checked(seed, log));
  std::vector<chunk> made = world.make_many(6, on_device, kib);
  for (std::size_t i = 0; i < made.size(); ++i) world.read_on_device(made[i], i % 3);
  for (chunk& each : made) {
    world.read(each);
    each = chunk();
  }
  return log;
}

}  // namespace

TEST(HazardHost, AReadingIsLookedAtAgainWhenItCloses) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const log = keeping_log();
    store_world world(place(), narrow(16 * kib), open_checked(seed, log));
    chunk const source = world.make(on_device, kib, 1, 0);
    chunk const target = world.make(in_pinned, kib, 2);
    auto const from = world.open_at(source, on_device, world.on(0));
    auto open = world.open_at(target, in_host, stream_ref());
    world.on(0).copy(address::of(open.span().data()), address::of(raw_view::data(from.view())), kib,
                     copy_direction::device_to_host);
    expect_none(log->hazards());
    open.close();
    ASSERT_EQ(log->hazards().size(), 1u);
    hazard const found = log->hazards().front();
    EXPECT_EQ(found.kind, hazard_kind::read_after_write);
    EXPECT_EQ(found.later.work, "host: closes a reading");
    EXPECT_EQ(found.earlier.work, "copy device_to_host");
    world.on(0).sync();
  }
}

TEST(HazardHost, ProgramsThatSpillHaveNone) {
  for (std::size_t const pinned : {std::size_t{0}, 2 * kib, 16 * kib})
    for (std::uint64_t const seed : seeds(100)) {
      SCOPED_TRACE(seed_line(seed));
      expect_none(spill_and_read(seed, pinned, {})->hazards());
    }
}

TEST(HazardHost, EachWaitLeftOutOfASpillingProgramIsReportedOrOrderedNothing) {
  std::size_t reported = 0, redundant = 0, neither = 0;
  for (std::uint64_t const seed : seeds(5)) {
    SCOPED_TRACE(seed_line(seed));
    std::uint64_t const waits = spill_and_read(seed, 2 * kib, {})->waits();
    for (std::uint64_t k = 1; k <= waits; ++k) {
      hazard_options options;
      options.skip_wait_number = k;
      auto const log = spill_and_read(seed, 2 * kib, options);
      if (log->count() != 0)
        ++reported;
      else if (log->skipped().is_redundant())
        ++redundant;
      else
        ++neither;
    }
  }
  std::printf("%zu reported, %zu redundant, %zu without a conflict\n", reported, redundant,
              neither);
  EXPECT_GT(reported, 0u);
  EXPECT_EQ(neither, 0u);
}

}  // namespace sluice::test
