// What a fault plan does to a simulated device: refused at the call, late, or lost for good.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/faults.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;

class SimFaults : public testing::TestWithParam<std::uint64_t> {
 protected:
  std::unique_ptr<driver> open_seeded() const {
    sim_options options;
    options.seed = GetParam();
    options.memory_bytes = std::size_t{1} << 20;
    options.faults = plan;
    return open_sim(options);
  }
  // The next visit of that site fails.
  void fail_next(fault_site site) { plan->fail(site, plan->visits(site)); }

  std::shared_ptr<fault_plan> plan = std::make_shared<fault_plan>();
  std::unique_ptr<driver> device = open_seeded();
  event_pool pool{*device};
  arrays memory{*device};
  stream const one{pool};
  stream const other{pool};
};
INSTANTIATE_TEST_SUITE_P(Seed, SimFaults, testing::ValuesIn(seeds()),
                         [](auto const& tested) { return std::to_string(tested.param); });

template <class Error>
int code_of(std::function<void()> const& call) {
  try {
    call();
  } catch (Error const& met) {
    return met.code();
  }
  return 0;
}

TEST_P(SimFaults, MemoryThatIsRefusedIsOutOfMemoryOnceAndTakesNothingAlong) {
  SCOPED_TRACE(seed_line(GetParam()));
  fail_next(fault_site::allocate_device);
  fail_next(fault_site::allocate_pinned);
  EXPECT_EQ(code_of<device_error>([&] { device->allocate(4096); }), 2);
  EXPECT_EQ(code_of<device_error>([&] { device->allocate_pinned(4096); }), 2);
  device->free(device->allocate(4096));
  device->free_pinned(device->allocate_pinned(4096));
  memory.put(one, 0, 7);
  EXPECT_EQ(memory.read(one, 0), all(7));
}

TEST_P(SimFaults, WhatIsRefusedAtTheCallWasNotGivenAndItsStreamGoesOn) {
  SCOPED_TRACE(seed_line(GetParam()));
  memory.put(one, 0, 7);
  fail_next(fault_site::give_copy);
  EXPECT_EQ(code_of<device_error>([&] { memory.put(one, 0, 8); }), 999);
  fail_next(fault_site::give_kernel);
  EXPECT_EQ(code_of<device_error>([&] { memory.fill(one, 0, 9); }), 701);
  EXPECT_EQ(memory.read(one, 0), all(7));
  memory.fill(one, 0, 9);
  fail_next(fault_site::give_record);
  EXPECT_EQ(code_of<device_error>([&] { one.ref().record(); }), 999);
  EXPECT_EQ(memory.read(one, 0), all(9)) << "the refused record has taken the kernel along";
}

// Who has no event can still wait: for all that the stream was given.
TEST_P(SimFaults, AStreamCanBeDrainedWhereNoEventCanBeRecorded) {
  SCOPED_TRACE(seed_line(GetParam()));
  plan->fail(fault_site::give_record, plan->visits(fault_site::give_record), true);
  std::vector<std::uint32_t> into = all(0);
  memory.fill(one, 0, 5);
  one.ref().copy(address::of(into.data()), memory.at(0), memory.bytes(),
                 copy_direction::device_to_host);
  EXPECT_THROW(one.ref().record(), device_error);
  one.ref().drain();
  EXPECT_EQ(into, all(5));
}

TEST_P(SimFaults, WhatFailsWhenItRunsIsMetLateAndTakesItsStreamAlong) {
  SCOPED_TRACE(seed_line(GetParam()));
  for (fault_site const site : {fault_site::run_copy, fault_site::run_kernel}) {
    stream const hit(pool);
    memory.put(other, 0, 7);
    other.ref().sync();
    fail_next(site);
    if (site == fault_site::run_copy)
      memory.put(hit, 0, 8);
    else
      memory.fill(hit, 0, 8);
    memory.fill(hit, 0, 9);
    event const done = hit.ref().record();
    EXPECT_EQ(code_of<device_error>([&] { done.sync(); }), 719);
    EXPECT_EQ(memory.read(other, 0), all(7)) << "something of the stream has run";
    EXPECT_THROW(hit.ref().sync(), device_error);
  }
}

TEST_P(SimFaults, ALostDeviceRefusesEveryCallAndRunsNothingMore) {
  SCOPED_TRACE(seed_line(GetParam()));
  auto* const pinned = static_cast<std::uint32_t*>(device->allocate_pinned(sizeof(std::uint32_t)));
  *pinned = 11;
  memory.put(one, 0, 7);
  memory.put(one, 1, 7);
  event const before = one.ref().record();
  before.sync();
  std::vector<std::uint32_t> into = all(1);
  fail_next(fault_site::lose_device);
  memory.fill(one, 0, 8);
  event const at = one.ref().record();
  other.ref().wait(at, wait_reason::memory_reused);
  other.ref().copy(address::of(into.data()), memory.at(1), memory.bytes(),
                   copy_direction::device_to_host);
  event const beside = other.ref().record();
  EXPECT_THROW(at.sync(), device_lost);
  EXPECT_TRUE(before.is_done()) << "what was found done stays so";
  EXPECT_THROW(at.is_done(), device_lost);
  EXPECT_THROW(beside.is_done(), device_lost);
  EXPECT_THROW(device->allocate(256), device_lost);
  EXPECT_THROW(device->allocate_pinned(256), device_lost);
  EXPECT_THROW(device->make_stream(), device_lost);
  EXPECT_THROW(device->make_event(), device_lost);
  EXPECT_THROW(memory.put(one, 0, 9), device_lost);
  EXPECT_THROW(memory.fill(other, 0, 9), device_lost);
  EXPECT_THROW(one.ref().drain(), device_lost);
  EXPECT_EQ(code_of<device_lost>([&] { other.ref().record().sync(); }), 214);
  EXPECT_EQ(into, all(1)) << "work behind the loss has run";
  EXPECT_EQ(*pinned, 11u);
  *pinned = 12;
  device->free_pinned(pinned);
}

TEST_P(SimFaults, NothingFailsOnceThePlanHasStopped) {
  SCOPED_TRACE(seed_line(GetParam()));
  for (std::size_t i = 0; i < fault_site_count; ++i)
    plan->fail(static_cast<fault_site>(i), 0, true);
  plan->stop();
  device->free_pinned(device->allocate_pinned(256));
  memory.put(one, 0, 7);
  memory.fill(one, 1, 8);
  EXPECT_EQ(memory.read(one, 0), all(7));
  EXPECT_EQ(memory.read(one, 1), all(8));
}

}  // namespace
}  // namespace sluice::test
