// Streams and events: the order they keep, and what they leave undone because it is not needed.

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

class Streams : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Streams, testing::ValuesIn(places()), place_name);

class DeviceStreams : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, DeviceStreams, testing::ValuesIn(device_places()), place_name);

TEST_P(Streams, RunWorkInTheOrderGiven) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(GetParam(), seed);
    event_pool pool(*device);
    arrays memory(*device);
    stream const one(pool);
    for (std::uint32_t value = 1; value <= 20; ++value) memory.put(one, 0, value);
    memory.move(one, 0, 1);
    memory.put(one, 0, 99);
    EXPECT_EQ(memory.read(one, 1), all(20));
    EXPECT_EQ(memory.read(one, 0), all(99));
  }
}

TEST_P(Streams, WaitForAnEventOfAnotherStream) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(GetParam(), seed);
    event_pool pool(*device);
    arrays memory(*device);
    stream const writer(pool);
    stream const reader(pool);
    memory.put(writer, 0, 7);
    reader.ref().wait(writer.ref().record(), wait_reason::input_written);
    memory.move(reader, 0, 1);
    writer.ref().wait(reader.ref().record(), wait_reason::memory_reused);
    memory.put(writer, 0, 8);
    EXPECT_EQ(memory.read(reader, 1), all(7));
    EXPECT_EQ(memory.read(writer, 0), all(8));
  }
}

TEST_P(Streams, AnEventMarksWhatWasGivenBeforeItAndNotWhatCameAfter) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(GetParam(), seed);
    event_pool pool(*device);
    arrays memory(*device);
    stream const one(pool);
    std::vector<std::uint32_t> seen(memory.count);
    memory.put(one, 0, 7);
    one.ref().copy(address::of(seen.data()), memory.at(0), memory.bytes(),
                   copy_direction::device_to_host);
    event const first = one.ref().record();
    memory.put(one, 0, 8);
    event const second = one.ref().record();
    first.sync();
    EXPECT_EQ(seen, all(7));
    second.sync();
    EXPECT_TRUE(first.is_done());
    EXPECT_TRUE(second.is_done());
  }
}

TEST_P(Streams, AnEventOfADestroyedStreamStillComesTrue) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(GetParam(), seed);
    arrays memory(*device);
    event last;
    {
      event_pool pool(*device);
      stream one(pool);
      memory.put(one, 0, 7);
      last = one.ref().record();
      stream other(pool);
      one = std::move(other);
    }
    last.sync();
    event_pool pool(*device);
    EXPECT_EQ(memory.read(stream(pool), 0), all(7));
  }
}

TEST_P(Streams, CopyNothingWhenThereIsNothingToCopy) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const device = open(GetParam());
  event_pool pool(*device);
  stream const one(pool);
  one.ref().copy(address(), address(), 0, copy_direction::host_to_device);
  EXPECT_FALSE(one.ref().record()) << "nothing was given, so there is nothing to wait for";
}

TEST_P(Streams, PollingFinishesTheWork) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(GetParam(), seed);
    event_pool pool(*device);
    arrays memory(*device);
    std::array<stream, 4> const all_streams{stream(pool), stream(pool), stream(pool), stream(pool)};
    std::size_t operations = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      stream_ref const to = all_streams[(i + 1) % 4].ref();
      memory.put(all_streams[i % 4], i % 8, 1);
      to.wait(all_streams[i % 4].ref().record(), wait_reason::input_written);
      operations += 3;
    }
    event const last = all_streams[0].ref().record();
    std::size_t polls = 0;
    while (!last.is_done()) {
      ++polls;
      if (device->info().kind == device_kind::sim) {
        ASSERT_LE(polls, 8 * (operations + 1));
      }
    }
  }
}

TEST_P(DeviceStreams, GiveTheSameEventWhenNothingWasGivenSince) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const device = open(GetParam());
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  EXPECT_FALSE(one.ref().record());
  memory.put(one, 0, 7);
  event const first = one.ref().record();
  EXPECT_TRUE(first);
  EXPECT_EQ(one.ref().record(), first);
  memory.put(one, 0, 8);
  EXPECT_NE(one.ref().record(), first);
  one.ref().sync();
}

// Counts the calls that reach a driver whose work never ends on its own.
class counting_driver final : public driver {
 public:
  device_info const& info() const noexcept override { return info_; }
  address allocate(std::size_t) override { return address(); }
  void free(address) noexcept override {}
  void* allocate_pinned(std::size_t) override { return nullptr; }
  void free_pinned(void*) noexcept override {}
  stream_handle make_stream() override { return ++streams; }
  void destroy_stream(stream_handle) noexcept override { ++streams_destroyed; }
  event_handle make_event() override { return ++events; }
  void destroy_event(event_handle) noexcept override { ++events_destroyed; }
  void record(event_handle, stream_handle) override { ++records; }
  void wait(stream_handle, event_handle, wait_reason) override { ++waits; }
  bool is_done(event_handle) override {
    ++asks;
    return finished;
  }
  void sync(event_handle) override { ++syncs; }
  void sync_stream(stream_handle) override { ++syncs; }
  void copy(stream_handle, address, address, std::size_t, copy_direction) override {}
  void launch(stream_handle, kernel_call const&) override {}

  bool finished = false;
  std::uint64_t streams = 0, streams_destroyed = 0, events = 0, events_destroyed = 0;
  int records = 0, waits = 0, asks = 0, syncs = 0;

 private:
  device_info info_ = [] {
    device_info info;
    info.kind = device_kind::sim;
    return info;
  }();
};

class StreamCalls : public testing::Test {
 protected:
  static void give(stream const& to) {
    to.ref().copy(address(8), address(16), 8, copy_direction::device_to_device);
  }

  counting_driver driver_;
};

TEST_F(StreamCalls, WaitingOnTheSameStreamEnqueuesNothing) {
  event_pool pool(driver_);
  stream const one(pool);
  give(one);
  one.ref().wait(one.ref().record(), wait_reason::input_written);
  EXPECT_EQ(driver_.waits, 0);
}

TEST_F(StreamCalls, WaitingForAnEmptyEventEnqueuesNothing) {
  event_pool pool(driver_);
  stream const one(pool);
  stream const other(pool);
  one.ref().wait(event(), wait_reason::input_written);
  one.ref().wait(other.ref().record(), wait_reason::input_written);
  EXPECT_EQ(driver_.waits, 0);
  EXPECT_EQ(driver_.records, 0);
}

TEST_F(StreamCalls, WaitingForADoneEventEnqueuesNothing) {
  event_pool pool(driver_);
  stream const one(pool);
  stream const other(pool);
  give(other);
  event const done = other.ref().record();
  one.ref().wait(done, wait_reason::input_written);
  EXPECT_EQ(driver_.waits, 1) << "it was not known to be done";
  driver_.finished = true;
  EXPECT_TRUE(done.is_done());
  one.ref().wait(done, wait_reason::input_written);
  EXPECT_EQ(driver_.waits, 1);
}

TEST_F(StreamCalls, ADoneEventIsNotAskedForAgain) {
  event_pool pool(driver_);
  stream const one(pool);
  give(one);
  event const asked = one.ref().record();
  EXPECT_FALSE(asked.is_done());
  driver_.finished = true;
  EXPECT_TRUE(asked.is_done());
  EXPECT_TRUE(asked.is_done());
  asked.sync();
  EXPECT_EQ(driver_.asks, 2);
  EXPECT_EQ(driver_.syncs, 0);
}

TEST_F(StreamCalls, AnEventIsUsedAgainOnceItsLastHolderIsGone) {
  event_pool pool(driver_);
  stream const one(pool);
  for (int i = 0; i < 100; ++i) {
    give(one);
    event const held = one.ref().record();
  }
  EXPECT_LE(driver_.events, 2u) << "the stream holds its last event while the next one is made";
}

TEST_F(StreamCalls, AnEventThatIsHeldIsNotRecordedAgain) {
  event_pool pool(driver_);
  stream const one(pool);
  std::vector<event> held;
  for (int i = 0; i < 10; ++i) {
    give(one);
    held.push_back(one.ref().record());
  }
  EXPECT_EQ(driver_.events, 10u);
}

TEST_F(StreamCalls, AWaitIsWorkThatTheNextEventIsBehind) {
  event_pool pool(driver_);
  stream const one(pool);
  stream const other(pool);
  give(one);
  give(other);
  event const before = one.ref().record();
  one.ref().wait(other.ref().record(), wait_reason::input_written);
  EXPECT_NE(one.ref().record(), before);
}

TEST_F(StreamCalls, EveryHandleGoesBackToTheDriver) {
  event outlives;
  {
    event_pool pool(driver_);
    stream one(pool);
    stream two(pool);
    give(one);
    outlives = one.ref().record();
    one = std::move(two);
  }
  EXPECT_EQ(driver_.streams_destroyed, 2u);
  EXPECT_EQ(driver_.events_destroyed, 0u) << "the event is still held";
  outlives = event();
  EXPECT_EQ(driver_.events_destroyed, driver_.events);
}

TEST_F(StreamCalls, AStreamOfAnotherDeviceWaitsOnTheHost) {
  counting_driver second;
  event_pool pool(driver_);
  event_pool second_pool(second);
  stream const one(pool);
  stream const other(second_pool);
  give(other);
  one.ref().wait(other.ref().record(), wait_reason::input_written);
  EXPECT_EQ(driver_.waits, 0);
  EXPECT_EQ(second.waits, 0);
  EXPECT_EQ(second.syncs, 1);
}

TEST(HostStreams, HaveRunWhenTheCallReturns) {
  auto const device = open_host();
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  std::vector<std::uint32_t> seen(memory.count);
  memory.fill(one, 0, 7);
  one.ref().copy(address::of(seen.data()), memory.at(0), memory.bytes(),
                 copy_direction::device_to_host);
  EXPECT_EQ(seen, all(7));
  EXPECT_TRUE(one.ref().runs_on_host());
  EXPECT_FALSE(one.ref().record()) << "a host stream's event is the empty one";
}

TEST(HostStreams, ThrowWhatAKernelThrows) {
  auto const device = open_host();
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  EXPECT_THROW(launch(one.ref()).run<throwing_body>(memory.view<out>(0)), std::runtime_error);
}

TEST(HostStreams, WaitForADeviceByBlocking) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    place sim;
    sim.kind = device_kind::sim;
    auto const device = open(sim, seed);
    auto const host = open_host();
    event_pool pool(*device);
    event_pool host_pool(*host);
    arrays memory(*device);
    stream const one(pool);
    stream const on_host(host_pool);
    std::vector<std::uint32_t> seen(memory.count);
    memory.put(one, 0, 7);
    one.ref().copy(address::of(seen.data()), memory.at(0), memory.bytes(),
                   copy_direction::device_to_host);
    on_host.ref().wait(one.ref().record(), wait_reason::stage_read);
    EXPECT_EQ(seen, all(7));
  }
}

}  // namespace
}  // namespace sluice::test
