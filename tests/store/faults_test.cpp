// Devices and memory that refuse, fail late or are lost: what the store's caller meets, and that
// nothing else is lost (C8), kept for good, or used while a device is still at it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/cuda/faults.hpp>
#include <sluice/cuda/launch.hpp>
#include <support/store_world.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

class faulty_world {
 public:
  faulty_world(std::uint64_t seed, std::size_t device_bytes, std::size_t pinned_bytes,
               std::size_t host_bytes = 64 * kib)
      : world(place(), limits(device_bytes, pinned_bytes, host_bytes), device(seed)) {}

  // The next visit of that site fails, and with `from_then_on` all after it.
  void fail_next(fault_site site, bool from_then_on = false) {
    plan->fail(site, plan->visits(site), from_then_on);
  }
  std::uint64_t struck(fault_site site) const { return plan->struck(site); }
  void expect_nothing_used() {
    for (location const each : {on_device, in_pinned, in_host, on_disk})
      EXPECT_EQ(world.used(each), 0u) << name_of(each);
  }

  std::shared_ptr<fault_plan> const plan = std::make_shared<fault_plan>();
  store_world world;

 private:
  store_limits limits(std::size_t device_bytes, std::size_t pinned_bytes,
                      std::size_t host_bytes) const {
    store_limits chosen;
    chosen.device = device_bytes;
    chosen.pinned = pinned_bytes;
    chosen.host = host_bytes;
    chosen.faults = plan.get();
    return chosen;
  }
  std::unique_ptr<driver> device(std::uint64_t seed) const {
    sim_options options;
    options.seed = seed;
    options.faults = plan;
    return open_sim(options);
  }
};

bool has_failed(event const& work) {
  try {
    work.sync();
    return false;
  } catch (device_error const&) {
    return true;
  }
}

template <class Test>
void on_each_seed(std::size_t device_bytes, std::size_t pinned_bytes, Test&& test) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, device_bytes, pinned_bytes);
    test(on);
    on.expect_nothing_used();
  }
}

}  // namespace

TEST(StoreFaults, AStoreThatIsRefusedItsFirstMemoryIsNotMade) {
  for (fault_site const site : {fault_site::allocate_device, fault_site::allocate_pinned}) {
    auto const plan = std::make_shared<fault_plan>();
    plan->fail(site, 0);
    sim_options options;
    options.faults = plan;
    auto const device = open_sim(options);
    auto const files = open_system_disk();
    store_options limits;
    limits.device_bytes = {64 * kib};
    limits.pinned_bytes = 64 * kib;
    std::vector<driver*> const devices{device.get()};
    EXPECT_THROW(object_store(limits, devices, *files), device_error) << name_of(site);
    object_store const again(limits, devices, *files);
    EXPECT_EQ(again.figures(in_host).used_bytes, 0u);
  }
}

TEST(StoreFaults, HostMemoryThatIsRefusedOnceIsAskedForAgain) {
  on_each_seed(4 * kib, 0, [](faulty_world& on) {
    on.fail_next(fault_site::allocate_host);
    chunk const made = on.world.make(in_host, 1 * kib, 1);
    EXPECT_EQ(on.struck(fault_site::allocate_host), 1u);
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  });
}

TEST(StoreFaults, HostMemoryThatIsRefusedForEverIsOutOfMemoryAndTakesNothingAlong) {
  on_each_seed(4 * kib, 0, [](faulty_world& on) {
    chunk const before = on.world.make(in_host, 1 * kib, 1);
    chunk const above = on.world.make(on_device, 1 * kib, 2);
    on.fail_next(fault_site::allocate_host, true);
    EXPECT_THROW(on.world.make(in_host, 64 * kib, 3), out_of_memory);
    EXPECT_THROW(on.world.read(above), out_of_memory);
    on.plan->stop();
    EXPECT_EQ(on.world.read(before), content_of(1, 1 * kib));
    EXPECT_EQ(on.world.read(above), content_of(2, 1 * kib));
  });
}

TEST(StoreFaults, ACopyDownThatIsRefusedLeavesEverythingWhereItWas) {
  for (fault_site const site : {fault_site::give_copy, fault_site::give_record}) {
    on_each_seed(4 * kib, 8 * kib, [&](faulty_world& on) {
      std::vector<chunk> const made = on.world.make_many(4, on_device, 1 * kib);
      on.fail_next(site, true);
      EXPECT_THROW(on.world.make(on_device, 1 * kib, 9), device_error) << name_of(site);
      EXPECT_EQ(on.world.used(in_pinned), 0u) << name_of(site);
      on.plan->stop();
      // The memory that the copy was to fill: a copy that was given must be over by now.
      chunk const low = on.world.make(in_pinned, 8 * kib, 9);
      for (std::uint64_t i = 0; i < 4; ++i)
        EXPECT_EQ(on.world.read(made[i]), content_of(i, 1 * kib)) << name_of(site);
      EXPECT_EQ(on.world.read(low), content_of(9, 8 * kib)) << name_of(site);
    });
  }
}

// What was given to the stream still reads the chunk; its memory must not have a new owner before.
TEST(StoreFaults, AReadingIsClosedBehindItsWorkThoughNoEventCanBeRecorded) {
  on_each_seed(2 * kib, 8 * kib, [](faulty_world& on) {
    chunk made = on.world.make(on_device, 1 * kib, 1, 0);
    auto open = on.world.open_at(made, on_device, on.world.on(1));
    bytes const& seen = on.world.read_later(open, on.world.on(1));
    on.fail_next(fault_site::give_record);
    open.close();
    EXPECT_EQ(on.struck(fault_site::give_record), 1u);
    made = chunk();
    chunk const next = on.world.make(on_device, 2 * kib, 2, 2);
    EXPECT_EQ(on.world.read(next), content_of(2, 2 * kib));
    on.world.on(1).sync();
    EXPECT_EQ(seen, content_of(1, 1 * kib));
  });
}

TEST(StoreFaults, ACopyUpThatFailedIsMadeAgainFromTheGoodBytes) {
  on_each_seed(4 * kib, 8 * kib, [](faulty_world& on) {
    chunk const made = on.world.make(in_pinned, 1 * kib, 1);
    on.fail_next(fault_site::run_copy);
    EXPECT_THROW(on.world.read_on_device(made), device_error);
    EXPECT_EQ(on.struck(fault_site::run_copy), 1u);
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
    EXPECT_EQ(on.world.read_on_device(made, 1), content_of(1, 1 * kib));
  });
}

TEST(StoreFaults, ALaneWhoseCopyFailedIsNotLentAgain) {
  on_each_seed(8 * kib, 8 * kib, [](faulty_world& on) {
    std::vector<chunk> const made = on.world.make_many(2, on_device, 1 * kib);
    for (std::size_t i = 0; i < 3; ++i) on.world.on(i).sync();
    on.fail_next(fault_site::run_copy);
    EXPECT_THROW(on.world.read(made[0]), device_error);
    EXPECT_EQ(on.world.read(made[1]), content_of(1, 1 * kib));
    EXPECT_EQ(on.world.read(made[0]), content_of(0, 1 * kib)) << "it is still on the device";
  });
}

// The copy itself fails, and the event that would have told of it was refused.
TEST(StoreFaults, ALaneWhoseEventWasRefusedIsNotLentAgain) {
  on_each_seed(8 * kib, 8 * kib, [](faulty_world& on) {
    std::vector<chunk> const made = on.world.make_many(2, on_device, 1 * kib);
    for (std::size_t i = 0; i < 3; ++i) on.world.on(i).sync();
    on.fail_next(fault_site::run_copy);
    on.fail_next(fault_site::give_record);
    EXPECT_THROW(on.world.read(made[0]), device_error);
    EXPECT_EQ(on.struck(fault_site::run_copy), 1u);
    EXPECT_EQ(on.world.read(made[1]), content_of(1, 1 * kib));
    EXPECT_EQ(on.world.read(made[0]), content_of(0, 1 * kib));
  });
}

// Two that are under way at once, each way: the bytes of the second are as good as they were (C8).
TEST(StoreFaults, ACopyThatFailsDoesNotFailTheNextOneOnItsLane) {
  constexpr std::size_t size = 100 * kib;
  for (std::uint64_t const seed : seeds()) {
    for (bool const up : {true, false}) {
      SCOPED_TRACE(seed_line(seed) + (up ? ", up" : ", down"));
      faulty_world on(seed, 256 * kib, 0, 256 * kib);
      location const from = up ? in_host : on_device;
      location const to = up ? on_device : in_host;
      std::vector<chunk> const made = on.world.make_many(2, from, size);
      for (std::size_t i = 0; i < 2; ++i) on.world.on(i).sync();
      on.fail_next(fault_site::run_copy);
      std::vector<event> copied;
      for (chunk const& each : made) copied.push_back(on.world.stage(each, to));
      EXPECT_EQ(std::ranges::count_if(copied, has_failed), 1);
      for (std::uint64_t i = 0; i < 2; ++i) {
        bytes const seen = up ? on.world.read_on_device(made[i], 1) : on.world.read(made[i]);
        EXPECT_EQ(seen, content_of(i, size)) << i;
      }
    }
  }
}

TEST(StoreFaults, WhatIsMovedDownBesideACopyThatFailsIsNotLost) {
  on_each_seed(2 * kib, 8 * kib, [](faulty_world& on) {
    std::vector<chunk> const made = on.world.make_many(2, on_device, 1 * kib);
    for (std::size_t i = 0; i < 2; ++i) on.world.on(i).sync();
    on.fail_next(fault_site::run_copy);
    auto const above = on.world.acquire({on_device}, 2 * kib);
    int lost = 0;
    for (std::uint64_t i = 0; i < 2; ++i) try {
        EXPECT_EQ(on.world.read(made[i]), content_of(i, 1 * kib)) << i;
      } catch (device_error const&) {
        ++lost;
      }
    EXPECT_EQ(lost, 1);
  });
}

// C8: the only good bytes stay until the copy that would take their place is made.
TEST(StoreFaults, ACopyThatIsStillUnderWayDoesNotStandInForTheGoodBytes) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 4 * kib, 0, 2 * kib);
    chunk const made = on.world.make(in_host, 1 * kib, 1);
    on.fail_next(fault_site::run_copy);
    on.world.stage(made, on_device);
    on.world.acquire({in_host}, 2 * kib);  // all of it: what is there has to go
    EXPECT_EQ(on.struck(fault_site::run_copy), 1u);
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  }
}

TEST(StoreFaults, ACopyThatIsStillUnderWayDoesNotStandInForAPartOfAnObject) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 4 * kib, 0, 2 * kib);
    std::vector<chunk> const parts = on.world.make_many(2, in_host, 1 * kib);
    on.world.store().bind(parts);
    on.fail_next(fault_site::run_copy);
    on.world.stage(parts[0], on_device);
    on.world.acquire({in_host}, 2 * kib);
    EXPECT_EQ(on.struck(fault_site::run_copy), 1u);
    for (std::uint64_t i = 0; i < 2; ++i)
      EXPECT_EQ(on.world.read(parts[i]), content_of(i, 1 * kib)) << i;
  }
}

// Else the kernel that is to write there next would have to wait for the host.
TEST(StoreFaults, DeviceMemoryIsHandedOnBehindACopyDownThatIsStillUnderWay) {
  on_each_seed(1 * kib, 0, [](faulty_world& on) {
    chunk const made = on.world.make(on_device, 1 * kib, 1);
    on.world.stage(made, in_host);
    auto const next = on.world.ask({on_device}, 1 * kib);
    EXPECT_FALSE(next->start(nullptr, nullptr));
    EXPECT_EQ(on.world.store().spill().outcome, spill_outcome::moved);
    EXPECT_TRUE(next->granted());
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  });
}

// C8: the file has the bytes, whatever happened to the copy that was made of them since.
TEST(StoreFaults, AHostReadsTheFileWhereTheCopyOnTheDeviceFailed) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 4 * kib, 0, 2 * kib);
    chunk const made = on.world.make(in_host, 1 * kib, 1);
    on.world.acquire({in_host}, 2 * kib);
    on.world.stage(made, in_host);
    on.fail_next(fault_site::run_copy);
    on.world.stage(made, on_device);
    on.world.acquire({in_host}, 2 * kib);
    EXPECT_EQ(on.world.where(made), pools({on_device, on_disk}));
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  }
}

// By way of a host that has no room for it any more.
chunk on_device_and_on_disk(faulty_world& on) {
  chunk made = on.world.make(in_host, 1 * kib, 1);
  on.world.acquire({in_host}, 2 * kib);
  on.world.stage(made, in_host);
  on.world.stage(made, on_device).sync();
  on.world.acquire({in_host}, 2 * kib);
  return made;
}

// C8
TEST(StoreFaults, AHostReadsTheFileWhereTheDeviceIsLost) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 4 * kib, 0, 2 * kib);
    chunk const made = on_device_and_on_disk(on);
    EXPECT_EQ(on.world.where(made), pools({on_device, on_disk}));
    on.fail_next(fault_site::lose_device);
    EXPECT_THROW(on.world.read_on_device(made), device_lost);
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  }
}

TEST(StoreFaults, ADeviceIsGivenTheFileWhereTheCopyInHostMemoryFailed) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 1 * kib, 0, 2 * kib);
    chunk const made = on_device_and_on_disk(on);
    on.fail_next(fault_site::run_copy);
    EXPECT_THROW(on.world.stage(made, in_host).sync(), device_error);
    on.world.acquire({on_device}, 1 * kib);
    EXPECT_EQ(on.world.where(made), pools({in_host, on_disk}));
    EXPECT_EQ(on.world.read_on_device(made), content_of(1, 1 * kib));
  }
}

// C8: nor while somebody reads there, whose reading keeps it from being given up.
TEST(StoreFaults, AReadingOnALostDeviceDoesNotStandInForTheGoodBytes) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    faulty_world on(seed, 4 * kib, 0, 2 * kib);
    chunk const made = on.world.make(in_host, 1 * kib, 1);
    auto open = on.world.open_at(made, on_device, on.world.on(0));
    on.world.on(0).sync();
    on.fail_next(fault_site::lose_device);
    on.world.make(on_device, 1 * kib, 2, 1);
    EXPECT_THROW(on.world.on(1).sync(), device_lost);
    auto next = on.world.ask({in_host}, 2 * kib);
    EXPECT_FALSE(next->start(nullptr, nullptr));
    EXPECT_EQ(on.world.store().spill().outcome, spill_outcome::stuck);
    open.close();
    while (!next->granted()) ASSERT_EQ(on.world.store().spill().outcome, spill_outcome::moved);
    next.reset();
    EXPECT_EQ(on.world.read(made), content_of(1, 1 * kib));
  }
}

TEST(StoreFaults, WhatALostDeviceHadIsNoCopyOfWhatIsInPinnedMemory) {
  on_each_seed(4 * kib, 2 * kib, [](faulty_world& on) {
    std::vector<chunk> const made = on.world.make_many(2, on_device, 1 * kib);
    for (std::uint64_t i = 0; i < 2; ++i) EXPECT_EQ(on.world.read(made[i]), content_of(i, 1 * kib));
    chunk const above = on.world.make(on_device, 1 * kib, 7);
    on.world.on(0).sync();
    on.fail_next(fault_site::lose_device);
    EXPECT_THROW(on.world.read_on_device(made[0]), device_lost);
    // All of pinned memory is wanted: the two go down, since they are nowhere else.
    chunk const next = on.world.make(in_pinned, 2 * kib, 8);
    for (std::uint64_t i = 0; i < 2; ++i)
      EXPECT_EQ(on.world.read(made[i]), content_of(i, 1 * kib)) << i;
    EXPECT_THROW(on.world.read(above), device_lost);
    EXPECT_EQ(on.world.read(next), content_of(8, 2 * kib));
  });
}

// C13: a copy that was given and hangs may use its host memory for ever, whether somebody holds an
// event of it or not.
TEST(StoreFaults, HostMemoryOfACopyThatHangsIsNeverFreeAgain) {
  for (location const below : {in_pinned, in_host})
    for (bool const up : {true, false})
      for (bool const recorded : {true, false})
        for (std::uint64_t const seed : seeds(5)) {
          SCOPED_TRACE(seed_line(seed) + ", " + name_of(below) + (up ? ", up" : ", down") +
                       (recorded ? "" : ", without an event"));
          faulty_world on(seed, 4 * kib, 4 * kib, 4 * kib);
          {
            chunk const made = on.world.make(up ? below : on_device, 1 * kib, 1);
            on.world.on(0).sync();
            on.fail_next(fault_site::hang);
            if (!recorded) on.fail_next(fault_site::give_record);
            auto const copy = [&] { on.world.stage(made, up ? on_device : below).sync(); };
            if (recorded)
              EXPECT_THROW(copy(), device_timeout);
            else
              EXPECT_THROW(copy(), device_error);
          }
          EXPECT_EQ(on.world.kept(below), 1 * kib);
        }
}

// C13
TEST(StoreFaults, WhatAStreamThatHangsMayWriteToIsNeverFreeAgain) {
  for (bool const recorded : {true, false})
    for (std::uint64_t const seed : seeds(5)) {
      SCOPED_TRACE(seed_line(seed));
      faulty_world on(seed, 4 * kib, 4 * kib);
      {
        auto const above = on.world.make(on_device, 1 * kib, 1);
        on.world.on(0).sync();
        auto const request = on.world.acquire({in_pinned}, 1 * kib);
        writer<std::byte> into(request->take_writer(on.world.on(1)));
        auto const read = on.world.open_at(above, on_device, on.world.on(1));
        on.fail_next(fault_site::hang);
        on.world.on(1).copy(address::of(into.span().data()),
                            address::of(raw_view::data(read.view())), 1 * kib,
                            copy_direction::device_to_host);
        if (!recorded) on.fail_next(fault_site::give_record, true);
      }
      EXPECT_EQ(on.world.kept(in_pinned), 1 * kib);
    }
}

// C13: pinned memory is of the first device, and used by all.
TEST(StoreFaults, PinnedMemoryThatAnotherDeviceMayWriteToIsNotFreed) {
  auto const plan = std::make_shared<fault_plan>();
  sim_options options;
  options.faults = plan;
  options.hazards = std::make_shared<hazard_log>();
  auto const first = open_sim(options);
  options.index = 1;
  auto const second = open_sim(options);
  event_pool events(*second);
  stream const on_second(events);
  std::vector<std::byte> const content(1 * kib);
  auto const files = open_system_disk();
  store_options limits;
  limits.device_bytes = {4 * kib, 4 * kib};
  limits.pinned_bytes = 4 * kib;
  std::vector<driver*> const devices{first.get(), second.get()};
  object_store store(limits, devices, *files);
  std::vector<location> const there{location(tier::device, 1)};
  memory_request room(store, there, 1 * kib, 1);
  ASSERT_TRUE(room.start([](void*) noexcept {}, nullptr));
  writer<std::byte> out(room.take_writer(on_second.ref()));
  on_second.ref().copy(address::of(raw_view::data(out.view())), address::of(content.data()),
                       1 * kib, copy_direction::host_to_device);
  chunk const made = std::move(out).seal();
  on_second.ref().sync();
  plan->fail(fault_site::hang, plan->visits(fault_site::hang));
  std::vector<location> const below{in_pinned};
  memory_request target(store, below, 1 * kib, 2);
  ASSERT_TRUE(target.start([](void*) noexcept {}, nullptr));
  EXPECT_THROW(store.stage(made, target, on_second.ref()).sync(), device_timeout);
}  // a free would be a hazard, which ends the process

}  // namespace sluice::test
