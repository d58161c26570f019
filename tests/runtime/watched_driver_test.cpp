// C10: when a device is given up, in made-up time: not before the oldest of its work has taken the
// whole time, and whatever else it does. What is left out from then on.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/watched_driver.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using time = std::chrono::nanoseconds;

class made_up_time final : public os_waits {
 public:
  time now() const noexcept override { return now_; }
  time let_pass(time passed) override { return now_ += passed; }
  std::unique_ptr<spot> make_spot() override { return nullptr; }

 private:
  time now_{0};
};

constexpr time for_ever = time::max();

// Work takes the time that the test says, one after the other on each stream.
class slow_device final : public driver {
 public:
  slow_device(os_waits const& clock, device_kind kind) : clock_(clock) { info_.kind = kind; }

  // The next work of that stream, given now.
  void give(stream_handle stream, time takes) {
    time& end = ends_[stream];
    bool const hangs = takes == for_ever || end == for_ever;
    end = hangs ? for_ever : std::max(end, clock_.now()) + takes;
  }

  device_info const& info() const noexcept override { return info_; }
  address allocate(std::size_t) override { return address(4096); }
  void free(address) noexcept override { calls += "free "; }
  void* allocate_pinned(std::size_t bytes) override {
    pinned_ = std::make_unique<std::byte[]>(bytes);
    return pinned_.get();
  }
  void free_pinned(void*) noexcept override { calls += "free_pinned "; }
  stream_handle make_stream() override { return ++made_; }
  void destroy_stream(stream_handle) noexcept override { calls += "destroy_stream "; }
  event_handle make_event() override { return ++made_; }
  void destroy_event(event_handle) noexcept override { calls += "destroy_event "; }
  void record(event_handle event, stream_handle stream) override {
    if (refuses_records) throw device_error("record", 999, "as told");
    recorded_[event] = ends_[stream];
  }
  void wait(stream_handle stream, event_handle event, wait_reason) override {
    ends_[stream] = std::max(ends_[stream], recorded_[event]);
  }
  bool is_done(event_handle event) override { return is_over(recorded_[event]); }
  void sync(event_handle) override { ADD_FAILURE() << "it would block for ever"; }
  void sync_stream(stream_handle) override { ADD_FAILURE() << "it would block for ever"; }
  bool await(event_handle event) override { return is_done(event); }
  bool await_stream(stream_handle stream) override { return is_over(ends_[stream]); }
  bool await_all() override {
    return std::ranges::all_of(ends_, [this](auto const& each) { return is_over(each.second); });
  }
  void copy(stream_handle, address, address, std::size_t, copy_direction) override {
    calls += "copy ";
  }
  void launch(stream_handle, kernel_call const&) override { calls += "launch "; }

  std::string calls;
  bool refuses_records = false;

 private:
  bool is_over(time end) const { return end != for_ever && end <= clock_.now(); }

  os_waits const& clock_;
  device_info info_;
  std::unique_ptr<std::byte[]> pinned_;
  std::map<stream_handle, time> ends_;
  std::map<event_handle, time> recorded_;
  std::uint64_t made_ = 0;
};

constexpr time limit = 2048ms;  // so that one look of a millisecond is one part of it

// A device behind its watch, with two streams.
class watched_device {
 public:
  explicit watched_device(std::shared_ptr<detail::watched_machine> on, made_up_time& on_clock,
                          device_kind kind = device_kind::cuda)
      : clock(on_clock) {
    auto made = std::make_unique<slow_device>(clock, kind);
    inner = made.get();
    watched = std::make_unique<detail::watched_driver>(std::move(made), std::move(on), limit);
    one = watched->make_stream();
    other = watched->make_stream();
  }

  event_handle give(stream_handle stream, time takes) {
    inner->give(stream, takes);
    event_handle const end = watched->make_event();
    watched->record(end, stream);
    return end;
  }
  bool given_up() {
    try {
      static_cast<void>(watched->make_event());
    } catch (device_timeout const&) {
      return true;
    }
    return false;
  }
  // Looks every millisecond until then, or until it was given up; says when it stopped.
  time look_until(time end) {
    while (clock.now() < end && !given_up()) watched->look(clock.let_pass(1ms));
    return clock.now();
  }

  made_up_time& clock;
  slow_device* inner;
  std::unique_ptr<detail::watched_driver> watched;
  stream_handle one = 0;
  stream_handle other = 0;
};

class WatchedDriver : public testing::Test {
 protected:
  made_up_time clock;
  std::shared_ptr<detail::watched_machine> machine =
      std::make_shared<detail::watched_machine>(clock);
  watched_device device{machine, clock};
};

// C10
TEST_F(WatchedDriver, IsGivenUpWhenItsOldestWorkHasTakenTheWholeTime) {
  device.watched->look(clock.let_pass(1ms));
  event_handle const hung = device.give(device.one, for_ever);
  time const first_look = clock.now() + 1ms;
  EXPECT_EQ(device.look_until(1h), first_look + limit);
  try {
    static_cast<void>(device.watched->is_done(hung));
    FAIL() << "it hangs";
  } catch (device_timeout const& met) {
    EXPECT_EQ(met.waited(), limit);
  }
}

// C10
TEST_F(WatchedDriver, IsNotGivenUpOneLookBefore) {
  event_handle const late = device.give(device.one, limit);
  device.look_until(1h);
  EXPECT_FALSE(device.given_up());
  EXPECT_TRUE(device.watched->is_done(late));
}

// C10: each work has its own time, also on streams that wait for others.
TEST_F(WatchedDriver, IsNotGivenUpWhileItsWorkComesForward) {
  event_handle last = 0;
  for (int i = 0; i < 10; ++i) {
    last = device.give(device.one, limit - 2ms);
    device.watched->wait(device.other, last, wait_reason::input_written);
    last = device.give(device.other, 1ms);
  }
  device.look_until(30s);
  EXPECT_FALSE(device.given_up());
  EXPECT_TRUE(device.watched->is_done(last));
}

// C10
TEST_F(WatchedDriver, WhatOtherStreamsDoDoesNotHideAHang) {
  device.give(device.one, for_ever);
  time const began = clock.now();
  while (!device.given_up() && clock.now() < 1h) {
    device.give(device.other, 500us);
    device.watched->look(clock.let_pass(1ms));
  }
  EXPECT_EQ(clock.now(), began + 1ms + limit);
}

// C10: a jump of the clock, or a stop of the process, is not time in which somebody looked.
TEST_F(WatchedDriver, AJumpOfTheClockCountsAsOneLook) {
  event_handle const late = device.give(device.one, 48h + 1s);
  device.look_until(1s);
  for (int i = 0; i < 2; ++i) {
    device.watched->look(clock.let_pass(24h));
    EXPECT_FALSE(device.given_up());
  }
  device.look_until(48h + 2s);
  EXPECT_FALSE(device.given_up());
  EXPECT_TRUE(device.watched->is_done(late));
}

// C10
TEST_F(WatchedDriver, WhoBlocksIsLetGoWhenItIsGivenUp) {
  event_handle const good = device.give(device.other, 1s);
  event_handle const hung = device.give(device.one, for_ever);
  device.watched->sync(good);
  EXPECT_EQ(clock.now() / 1s, 1);
  EXPECT_THROW(device.watched->sync(hung), device_timeout);
  EXPECT_NEAR(std::chrono::duration<double>(clock.now()).count(), 3.05, 0.05);
  EXPECT_THROW(device.watched->sync(hung), device_timeout);
  EXPECT_THROW(device.watched->sync_stream(device.one), device_timeout);
}

// C10: who has no event waits for the stream.
TEST_F(WatchedDriver, ADrainEndsWhereNothingWasRecorded) {
  device.inner->give(device.other, 20s);
  device.inner->refuses_records = true;
  EXPECT_THROW(device.give(device.one, for_ever), device_error);
  EXPECT_THROW(device.watched->sync_stream(device.one), device_timeout);
  EXPECT_NEAR(std::chrono::duration<double>(clock.now()).count(), 2.05, 0.05);
}

// C10
TEST_F(WatchedDriver, WhatWasDoneStaysDoneAndAllElseFailsAtOnce) {
  event_handle const good = device.give(device.other, 1ms);
  event_handle const hung = device.give(device.one, for_ever);
  event_handle const never_recorded = device.watched->make_event();
  device.look_until(1h);
  EXPECT_TRUE(device.watched->is_done(good)) << "nobody had asked before";
  device.watched->sync(good);
  EXPECT_THROW(device.watched->is_done(hung), device_timeout);
  EXPECT_THROW(device.watched->is_done(never_recorded), device_timeout);
  device.inner->calls.clear();
  driver& given_up = *device.watched;
  EXPECT_THROW(given_up.allocate(1), device_timeout);
  EXPECT_THROW(given_up.allocate_pinned(1), device_timeout);
  EXPECT_THROW(given_up.make_stream(), device_timeout);
  EXPECT_THROW(given_up.record(good, device.other), device_timeout);
  EXPECT_THROW(given_up.wait(device.other, good, wait_reason::spill_read), device_timeout);
  EXPECT_THROW(
      given_up.copy(device.other, address(1), address(2), 1, copy_direction::device_to_device),
      device_timeout);
  kernel_call call;
  call.name = "some_kernel";
  EXPECT_THROW(given_up.launch(device.other, call), device_timeout);
  EXPECT_EQ(device.inner->calls, "");
}

// C13: CUDA's calls would wait, and what is freed somebody else would get.
TEST_F(WatchedDriver, NothingIsGivenBackWhileItHangs) {
  watched_device good(machine, clock);
  void* const pinned = good.watched->allocate_pinned(64);
  address const memory = device.watched->allocate(64);
  event_handle const hung = device.give(device.one, for_ever);
  device.watched->free(memory);
  EXPECT_TRUE(device.given_up()) << "it has waited for the device";
  device.watched->destroy_event(hung);
  device.watched->destroy_stream(device.one);
  EXPECT_EQ(device.inner->calls, "");
  good.watched->free_pinned(pinned);
  EXPECT_EQ(good.inner->calls, "") << "the other device may write to it";
  good.watched->free(good.watched->allocate(64));
  EXPECT_EQ(good.inner->calls, "free ");
}

TEST_F(WatchedDriver, MemoryIsGivenBackOnceTheDeviceIsDone) {
  device.give(device.one, 1s);
  device.inner->give(device.other, 2s);
  device.watched->free(device.watched->allocate(64));
  EXPECT_GE(clock.now(), 2s);
  void* const pinned = device.watched->allocate_pinned(64);
  device.watched->free_pinned(pinned);
  EXPECT_EQ(device.inner->calls, "free free_pinned ");
}

// C10: inside such a copy CUDA waits for its stream.
TEST_F(WatchedDriver, ACopyOfPageableMemoryIsNotGivenToAStreamThatHangs) {
  auto const pinned = address::of(device.watched->allocate_pinned(64));
  std::uint32_t pageable = 0;
  auto const copy_to = [&](address to) {
    device.watched->copy(device.one, to, address(4096), 4, copy_direction::device_to_host);
  };
  device.inner->give(device.one, 1s);
  copy_to(address::of(&pageable));
  EXPECT_GE(clock.now(), 1s);
  device.inner->give(device.one, for_ever);
  copy_to(pinned);
  EXPECT_EQ(device.inner->calls, "copy copy ");
  EXPECT_THROW(copy_to(address::of(&pageable)), device_timeout);
  EXPECT_EQ(device.inner->calls, "copy copy ");
}

TEST_F(WatchedDriver, KeepsNoMoreOfRecordsThanAreUnderWay) {
  event_handle const again = device.watched->make_event();
  for (int i = 0; i < 100'000; ++i) {
    device.inner->give(device.one, 1us);
    device.watched->record(again, device.one);
  }
  EXPECT_LE(device.watched->records_kept(), 128U);
}

}  // namespace
}  // namespace sluice::test
