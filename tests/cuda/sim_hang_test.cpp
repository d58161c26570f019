// A kernel or a copy that never ends on a simulated device: its stream stands still, others go on,
// and no call blocks for ever.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/faults.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

class SimHang : public testing::TestWithParam<std::uint64_t> {
 protected:
  std::unique_ptr<driver> open_seeded() const {
    sim_options options;
    options.seed = GetParam();
    options.index = 5;
    options.memory_bytes = std::size_t{1} << 20;
    options.faults = plan;
    return open_sim(options);
  }
  void hang_next() { plan->fail(fault_site::hang, plan->visits(fault_site::hang)); }
  static bool is_done_soon(event const& asked) {
    for (int asks = 0; asks < 10'000; ++asks)
      if (asked.is_done()) return true;
    return false;
  }

  void expect_that_one_hangs() {
    event const hung = one.ref().record();
    one.ref().copy(address::of(into.data()), memory.at(0), memory.bytes(),
                   copy_direction::device_to_host);
    event const behind = one.ref().record();
    EXPECT_FALSE(is_done_soon(hung));
    EXPECT_FALSE(is_done_soon(behind));
    memory.fill(other, 2, 3);
    EXPECT_EQ(memory.read(other, 2), all(3));
    EXPECT_EQ(into, all(0)) << "something behind what hangs has run";
  }

  std::shared_ptr<fault_plan> plan = std::make_shared<fault_plan>();
  std::vector<std::uint32_t> into = all(0);
  std::unique_ptr<driver> device = open_seeded();
  event_pool pool{*device};
  arrays memory{*device};
  stream const one{pool};
  stream const other{pool};
};
INSTANTIATE_TEST_SUITE_P(Seed, SimHang, testing::ValuesIn(seeds()),
                         [](auto const& tested) { return std::to_string(tested.param); });

TEST_P(SimHang, AKernelThatHangsKeepsItsStreamAndNoOther) {
  SCOPED_TRACE(seed_line(GetParam()));
  hang_next();
  memory.fill(one, 0, 8);
  expect_that_one_hangs();
}

TEST_P(SimHang, ACopyThatHangsKeepsItsStreamAndNoOther) {
  SCOPED_TRACE(seed_line(GetParam()));
  memory.put(one, 1, 7);
  one.ref().sync();
  hang_next();
  memory.move(one, 1, 0);
  expect_that_one_hangs();
}

TEST_P(SimHang, NoCallThatItWouldBlockWaitsForEver) {
  SCOPED_TRACE(seed_line(GetParam()));
  hang_next();
  memory.fill(one, 0, 8);
  event const hung = one.ref().record();
  other.ref().wait(hung, wait_reason::input_written);
  memory.fill(other, 1, 8);
  event const waits = other.ref().record();
  for (event const& each : {hung, waits}) {
    try {
      each.sync();
      FAIL() << "nothing can end it";
    } catch (device_timeout const& met) {
      EXPECT_EQ(met.device(), 5);
    }
  }
  EXPECT_THROW(one.ref().drain(), device_timeout);
  EXPECT_THROW(other.ref().drain(), device_timeout);
  EXPECT_FALSE(device->await_stream(one.ref().handle()));
  EXPECT_FALSE(device->await_stream(other.ref().handle()));
  EXPECT_FALSE(device->await_all());
}

TEST_P(SimHang, WhoAwaitsIsToldNoInPlaceOfAnError) {
  SCOPED_TRACE(seed_line(GetParam()));
  memory.fill(one, 0, 8);
  event_handle const known = device->make_event();
  device->record(known, one.ref().handle());
  EXPECT_TRUE(device->await(known));
  EXPECT_TRUE(device->await_stream(one.ref().handle()));
  EXPECT_TRUE(device->await_all());
  hang_next();
  memory.fill(one, 0, 8);
  device->record(known, one.ref().handle());
  EXPECT_FALSE(device->await(known));
  device->destroy_event(known);
}

// CUDA's free would wait for ever; here it returns, and nobody else gets the memory.
TEST_P(SimHang, MemoryThatIsFreedMeanwhileStaysTheDevices) {
  SCOPED_TRACE(seed_line(GetParam()));
  auto* const pinned = static_cast<std::uint32_t*>(device->allocate_pinned(sizeof(std::uint32_t)));
  *pinned = 11;
  address const extent = device->allocate(std::size_t{900} << 10);
  hang_next();
  memory.fill(one, 0, 8);
  EXPECT_THROW(one.ref().sync(), device_timeout);
  device->free(extent);
  device->free_pinned(pinned);
  EXPECT_EQ(*pinned, 11u);
  EXPECT_THROW(device->allocate(std::size_t{900} << 10), device_error) << "it was used again";
}

TEST_P(SimHang, ALossEndsIt) {
  SCOPED_TRACE(seed_line(GetParam()));
  hang_next();
  memory.fill(one, 0, 8);
  event const hung = one.ref().record();
  EXPECT_THROW(hung.sync(), device_timeout);
  plan->fail(fault_site::lose_device, plan->visits(fault_site::lose_device));
  memory.fill(other, 1, 8);
  EXPECT_THROW(other.ref().sync(), device_lost);
  EXPECT_THROW(hung.sync(), device_lost);
}

// Who counts questions to tell that a device hangs must not be misled by a long queue.
TEST_P(SimHang, ALongQueueIsDoneAfterFewQuestions) {
  SCOPED_TRACE(seed_line(GetParam()));
  constexpr int kernels = 5000;
  for (int i = 0; i < kernels; ++i) memory.fill(one, 0, 8);
  event const last = one.ref().record();
  int asks = 0;
  while (!last.is_done()) ++asks;
  EXPECT_LT(asks, 2048);
}

}  // namespace
}  // namespace sluice::test
