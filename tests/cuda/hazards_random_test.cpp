// Random programs: one that orders all its accesses has no hazard with any seed, and each wait or
// record that is left out of it is either reported or ordered nothing.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>

#include <support/checked_device.hpp>
#include <support/ordered_program.hpp>

namespace sluice::test {
namespace {

std::shared_ptr<hazard_log> run_with(hazard_options options, std::uint64_t seed,
                                     std::size_t steps) {
  options.response = hazard_response::collect;
  auto const log = std::make_shared<hazard_log>(options);
  checked_device at(seed, log);
  ordered_program(at, seed).run(steps);
  return log;
}

TEST(HazardPrograms, ThatOrderAllAccessesHaveNone) {
  std::uint64_t waits = 0;
  auto const begun = std::chrono::steady_clock::now();
  for (std::uint64_t const seed : seeds(2000)) {
    SCOPED_TRACE(seed_line(seed));
    auto const log = run_with({}, seed, 120);
    expect_none(log->hazards());
    waits += log->waits();
    if (HasFailure()) return;
  }
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu waits, %.2f s\n", static_cast<unsigned long long>(waits), took.count());
}

TEST(HazardPrograms, EachWaitThatIsLeftOutIsReportedOrOrderedNothing) {
  std::size_t reported = 0, redundant = 0, neither = 0;
  for (std::uint64_t const seed : seeds(10)) {
    SCOPED_TRACE(seed_line(seed));
    std::uint64_t const waits = run_with({}, seed, 40)->waits();
    ASSERT_GT(waits, 0u);
    for (std::uint64_t k = 1; k <= waits; ++k) {
      hazard_options options;
      options.skip_wait_number = k;
      auto const log = run_with(options, seed, 40);
      ASSERT_EQ(log->skipped().number, k);
      if (log->skipped().was_contained) {
        EXPECT_TRUE(log->skipped().is_redundant());
      }
      if (log->count() != 0) {
        ++reported;
        EXPECT_FALSE(log->skipped().is_redundant());
      } else if (log->skipped().is_redundant()) {
        ++redundant;
      } else {
        ++neither;
      }
    }
  }
  std::printf("%zu reported, %zu redundant\n", reported, redundant);
  EXPECT_EQ(neither, 0u);
  EXPECT_GT(reported, 50u);
  EXPECT_GT(redundant, 50u);
}

TEST(HazardPrograms, EachRecordThatIsLeftOutIsReportedOrOrderedNothing) {
  std::size_t reported = 0, redundant = 0, unused = 0;
  for (std::uint64_t const seed : seeds(10)) {
    SCOPED_TRACE(seed_line(seed));
    std::uint64_t const records = run_with({}, seed, 40)->records();
    for (std::uint64_t k = 1; k <= records; ++k) {
      hazard_options options;
      options.skip_record_number = k;
      auto const log = run_with(options, seed, 40);
      ASSERT_EQ(log->skipped().number, k);
      EXPECT_FALSE(log->skipped().is_wait);
      if (log->count() != 0)
        ++reported;
      else if (log->skipped().is_redundant())
        ++redundant;
      else
        ++unused;
    }
  }
  std::printf("%zu reported, %zu redundant, %zu without a conflict\n", reported, redundant, unused);
  EXPECT_GT(reported, 50u);
  EXPECT_GT(redundant, 10u);
}

TEST(HazardPrograms, AWaitThatIsContainedIsTheOneProvedRedundant) {
  hazard_options options;
  options.response = hazard_response::collect;
  options.skip_wait_number = 2;
  checked_device at(1, std::make_shared<hazard_log>(options));
  auto const one = at.device->make_event();
  at.memory.fill(at.on(0), 0, 7);
  at.device->record(one, at.ref(0).handle());
  at.device->wait(at.ref(1).handle(), one, wait_reason::input_written);
  at.device->wait(at.ref(1).handle(), one, wait_reason::spill_read);
  at.memory.add(at.on(1), 0, 1, 1);
  skipped_edge const skipped = at.log->skipped();
  EXPECT_EQ(skipped.number, 2u);
  EXPECT_TRUE(skipped.was_contained);
  EXPECT_TRUE(skipped.is_redundant());
  EXPECT_EQ(skipped.reason, wait_reason::spill_read);
  EXPECT_EQ(skipped.stream, at.ref(1).handle());
  expect_none(at.hazards());
}

TEST(HazardPrograms, AWaitIsRedundantWhenALaterOneComesBeforeAnyWork) {
  hazard_options options;
  options.response = hazard_response::collect;
  options.skip_wait_number = 1;
  checked_device at(1, std::make_shared<hazard_log>(options));
  at.memory.fill(at.on(0), 0, 7);
  at.order(0, 1);
  at.memory.fill(at.on(0), 1, 7);
  at.order(0, 1);
  at.memory.add(at.on(1), 0, 2, 1);
  EXPECT_FALSE(at.log->skipped().was_contained);
  EXPECT_TRUE(at.log->skipped().is_redundant());
  expect_none(at.hazards());
}

}  // namespace
}  // namespace sluice::test
