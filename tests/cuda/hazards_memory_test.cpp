// The history of memory: it survives free and reuse, knows parts and views, and holds for pinned
// memory, for the host's accesses and for two devices. The bugs that others have had in pools of
// device memory are each told of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <support/checked_device.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;

// A pool that merges two free blocks and keeps one of their events alone: the third stream takes
// memory that is in use.
TEST(HazardHistory, MergedFreeBlocksNeedTheEventsOfBoth) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    for (bool const forgets : {false, true}) {
      checked_device at(seed);
      at.hand_out(0, 0);
      at.hand_out(1, 1);
      at.memory.fill(at.on(0), 0, 1);
      at.memory.fill(at.on(1), 1, 2);
      event const first = at.ref(0).record();
      event const second = at.ref(1).record();
      at.take_back(0);
      at.take_back(1);
      for (std::uint32_t i = 0; i < 30; ++i) at.memory.fill(at.on(2), 4, i);  // unrelated work
      allocation_note both(at.memory.at(0), 2 * at.memory.bytes());
      both.stream = at.ref(2).handle();
      at.device->note_allocated(both);
      at.ref(2).wait(first, wait_reason::memory_reused);
      if (!forgets) at.ref(2).wait(second, wait_reason::memory_reused);
      at.ref(2).copy(at.memory.at(0), at.memory.at(4), 512, copy_direction::device_to_device);
      at.ref(2).copy(at.memory.at(0) + 512, at.memory.at(4), 1024,
                     copy_direction::device_to_device);
      if (!forgets) {
        expect_none(at.hazards());
        continue;
      }
      hazard const found = at.one();
      EXPECT_EQ(found.kind, hazard_kind::write_after_write);
      EXPECT_EQ(found.earlier.work, "kernel 'fill'");
      EXPECT_EQ(found.earlier.stream, at.ref(1).handle());
      EXPECT_NE(found.earlier.allocation, found.later.allocation);
      EXPECT_EQ(found.overlap_offset, at.memory.bytes());
      EXPECT_EQ(found.overlap_bytes, 512u);
    }
  }
}

// A copy to the host on a side stream, while the block is handed to the next owner.
TEST(HazardHistory, ABlockThatIsStillCopiedDownIsNotTheNextOwners) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    void* const below = at.device->allocate_pinned(at.memory.bytes());
    at.hand_out(0, 0);
    at.memory.fill(at.on(0), 0, 1);
    at.order(0, 1);
    at.ref(1).copy(address::of(below), at.memory.at(0), at.memory.bytes(),
                   copy_direction::device_to_host);
    event const written = at.ref(0).record();
    at.take_back(0);
    at.hand_out(0, 2);
    at.ref(2).wait(written, wait_reason::memory_reused);  // and not for the copy
    at.memory.fill(at.on(2), 0, 2);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_read);
    EXPECT_EQ(found.earlier.work, "copy device_to_host");
    EXPECT_EQ(found.later.work, "kernel 'fill'");
    at.device->free_pinned(below);
  }
}

// Events are kept for a block's address, and a view at an offset has another one.
TEST(HazardHistory, AReaderThroughAViewAtAnOffsetIsAReaderOfTheBlock) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.hand_out(0, 0);
    at.memory.fill(at.on(0), 0, 1);
    at.order(0, 1);
    auto const part = view_maker::make<in<std::uint32_t>>(at.memory.at(0) + 256, 64);
    auto const into = view_maker::make<out<std::uint32_t>>(at.memory.at(1), 64);
    launch(at.ref(1)).run<add_body>(part, into, 1u);
    at.take_back(0);
    at.hand_out(0, 0);
    at.memory.fill(at.on(0), 0, 2);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_read);
    EXPECT_EQ(found.earlier.offset, 256u);
    EXPECT_EQ(found.earlier.bytes, 256u);
    EXPECT_EQ(found.overlap_bytes, 256u);
  }
}

// Local sources of copies died before copies that had become asynchronous.
TEST(HazardHistory, APageableSourceStaysUntilTheCopysEvent) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    auto const source = std::make_unique<std::vector<std::uint32_t>>(at.memory.count, 7u);
    address const begin = address::of(source->data());
    at.device->note_allocated(allocation_note(begin, at.memory.bytes()));
    at.device->note_host_access(begin, at.memory.bytes(), true, "fills a buffer");
    at.ref(0).copy(at.memory.at(0), begin, at.memory.bytes(), copy_direction::host_to_device);
    at.device->note_freed(begin, at.memory.bytes());
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::use_after_free);
    EXPECT_EQ(found.earlier.work, "copy host_to_device");
    EXPECT_EQ(found.later.work, "host: gives memory back");
    EXPECT_THAT(found.missing, HasSubstr("the host never synced with"));
    at.ref(0).sync();
  }
}

TEST(HazardHistory, AfterTheEventASourceMayGo) {
  checked_device at(1);
  std::vector<std::uint32_t> const source(at.memory.count, 7);
  address const begin = address::of(source.data());
  at.ref(0).copy(at.memory.at(0), begin, at.memory.bytes(), copy_direction::host_to_device);
  at.ref(0).sync();
  at.device->note_freed(begin, at.memory.bytes());
  expect_none(at.hazards());
}

// Given back without the events of the stream that still works on it.
TEST(HazardHistory, ABlockGivenBackWithoutItsStreamsEventIsStolen) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.name(0, "task 'former'");
    at.name(1, "task 'next'");
    at.hand_out(0, 0);
    at.memory.fill(at.on(0), 0, 1);
    at.take_back(0);
    at.hand_out(0, 1);
    at.memory.put(at.on(1), 0, 2);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_write);
    EXPECT_THAT(found.earlier.memory, HasSubstr("handed to task 'former'"));
    EXPECT_THAT(found.later.memory, HasSubstr("handed to task 'next'"));
  }
}

// A free list that goes by an event which was destroyed and made anew orders nothing.
TEST(HazardHistory, AnEventThatWasMadeAnewDoesNotOrderTheFormerOwner) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    auto event = at.device->make_event();
    at.hand_out(0, 0);
    at.memory.fill(at.on(0), 0, 1);
    at.device->record(event, at.ref(0).handle());
    at.take_back(0);
    at.device->destroy_event(event);
    event = at.device->make_event();
    at.device->wait(at.ref(1).handle(), event, wait_reason::memory_reused);
    at.hand_out(0, 1);
    at.memory.fill(at.on(1), 0, 2);
    EXPECT_EQ(at.one().kind, hazard_kind::write_after_write);
  }
}

TEST(HazardHistory, ReuseInStreamOrderIsNoHazard) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    event last_use;
    for (std::uint32_t owner = 0; owner < 12; ++owner) {
      std::size_t const mine = owner % 3;
      at.ref(mine).wait(last_use, wait_reason::memory_reused);
      at.hand_out(0, mine);
      at.memory.fill(at.on(mine), 0, owner);
      at.order(mine, 3);
      at.memory.add(at.on(3), 0, 1, owner);
      at.order(3, mine);
      last_use = at.ref(mine).record();
      at.take_back(0);
    }
    expect_none(at.hazards());
  }
}

TEST(HazardHistory, ManyOwnersLeaveNoTrace) {
  checked_device at(1);
  for (std::uint32_t i = 0; i < 20000; ++i) {
    at.hand_out(i % 8, 0);
    at.memory.fill(at.on(0), i % 8, i);
    at.take_back(i % 8);
    if (i % 64 == 0) at.ref(0).sync();
  }
  expect_none(at.hazards());
}

// The host.

TEST(HazardHost, AReadBeforeTheBytesAreThere) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.fill_all();
    void* const pinned = at.device->allocate_pinned(at.memory.bytes());
    at.memory.fill(at.on(1), 0, 7);
    at.ref(1).copy(address::of(pinned), at.memory.at(0), at.memory.bytes(),
                   copy_direction::device_to_host);
    at.device->note_host_access(address::of(pinned), at.memory.bytes(), false, "opens a reading");
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::read_after_write);
    EXPECT_EQ(found.later.work, "host: opens a reading");
    EXPECT_EQ(found.later.device, -1);
    at.ref(1).sync();
    at.device->note_host_access(address::of(pinned), at.memory.bytes(), false, "closes a reading");
    EXPECT_EQ(at.log->count(), 1u);
    at.device->free_pinned(pinned);
  }
}

TEST(HazardHost, AWriteToTheSourceOfACopyThatHasNotRun) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    void* const pinned = at.device->allocate_pinned(at.memory.bytes());
    address const begin = address::of(pinned);
    at.device->note_host_access(begin, at.memory.bytes(), true, "seals a writer");
    at.ref(0).copy(at.memory.at(0), begin, at.memory.bytes(), copy_direction::host_to_device);
    at.device->note_host_access(begin + 100, 4, true, "seals a writer");
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_read);
    EXPECT_EQ(found.overlap_offset, 100u);
    EXPECT_EQ(found.overlap_bytes, 4u);
    at.ref(0).sync();
    at.device->free_pinned(pinned);
  }
}

TEST(HazardHost, APageableSourceMayBeReadAtTheCall) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.fill_all();
    std::vector<std::uint32_t> below(at.memory.count);
    at.ref(0).copy(address::of(below.data()), at.memory.at(0), at.memory.bytes(),
                   copy_direction::device_to_host);
    at.order(0, 1);  // which is enough for pinned memory
    at.ref(1).copy(at.memory.at(1), address::of(below.data()), at.memory.bytes(),
                   copy_direction::host_to_device);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::read_after_write);
    EXPECT_THAT(found.missing, HasSubstr("may read its source at the call"));
    at.ref(1).sync();
  }
}

TEST(HazardHost, APinnedSourceIsReadInStreamOrder) {
  checked_device at(1);
  at.fill_all();
  void* const pinned = at.device->allocate_pinned(at.memory.bytes());
  at.ref(0).copy(address::of(pinned), at.memory.at(0), at.memory.bytes(),
                 copy_direction::device_to_host);
  at.order(0, 1);
  at.ref(1).copy(at.memory.at(1), address::of(pinned), at.memory.bytes(),
                 copy_direction::host_to_device);
  expect_none(at.hazards());
  at.device->free_pinned(pinned);
}

// Two devices.

TEST(HazardDevices, ShareTheHistoryOfPinnedMemory) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const log = keeping_log();
    checked_device one(seed, log, 0), two(seed, log, 1);
    address const pinned = address::of(one.device->allocate_pinned(one.memory.bytes()));
    one.fill_all();
    one.ref(0).copy(pinned, one.memory.at(0), one.memory.bytes(), copy_direction::device_to_host);
    event const down = one.ref(0).record();
    two.ref(0).copy(two.memory.at(0), pinned, two.memory.bytes(), copy_direction::host_to_device);
    hazard const found = one.one();
    EXPECT_EQ(found.kind, hazard_kind::read_after_write);
    EXPECT_EQ(found.earlier.device, 0);
    EXPECT_EQ(found.later.device, 1);
    EXPECT_THAT(found.missing, HasSubstr("ordered through the host"));
    down.sync();
    two.ref(0).sync();
    two.ref(1).copy(two.memory.at(1), pinned, two.memory.bytes(), copy_direction::host_to_device);
    EXPECT_EQ(log->count(), 1u);
  }
}

// Seen as a value of 0xAC bytes: memory was given back while another device had still to read it,
// and its own device overwrote it at once, with nothing of its own in the queue.
TEST(HazardDevices, PinnedMemoryIsKeptForTheOtherDeviceThatReadsItWhenItChangesHands) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const log = keeping_log();
    checked_device one(seed, log, 0), two(seed, log, 1);
    std::size_t const bytes = one.memory.bytes();
    auto* const pinned = static_cast<std::uint32_t*>(one.device->allocate_pinned(bytes));
    address const shared = address::of(pinned);
    for (int turn = 0; turn < 2; ++turn) {
      one.device->note_allocated(allocation_note(shared, bytes));
      std::ranges::fill(std::span(pinned, bytes / 4), 7u);
      one.device->note_host_access(shared, bytes, true, "fills");
      two.ref(0).copy(two.memory.at(0), shared, bytes, copy_direction::host_to_device);
      one.device->note_freed(shared, bytes);
      EXPECT_EQ(two.memory.read(two.on(0), 0), std::vector<std::uint32_t>(bytes / 4, 7u));
    }
    one.device->note_allocated(allocation_note(shared, bytes));
    one.device->note_freed(shared, bytes);
    EXPECT_EQ(pinned[0], 0xdddddddd) << "nobody uses it any more";
    one.device->free_pinned(pinned);
    expect_none(log->hazards());
  }
}

// Freeing waits for the device's own work, not for another device's.
void free_what_another_device_writes(std::uint64_t seed) {
  auto const log = std::make_shared<hazard_log>();  // ends the process
  checked_device one(seed, log, 0), two(seed, log, 1);
  two.fill_all();
  void* const pinned = one.device->allocate_pinned(one.memory.bytes());
  two.ref(0).copy(address::of(pinned), two.memory.at(0), two.memory.bytes(),
                  copy_direction::device_to_host);
  one.device->free_pinned(pinned);
}

TEST(HazardDevicesDeathTest, FreeingMemoryThatAnotherDeviceStillWritesEndsTheProcess) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    EXPECT_EXIT(free_what_another_device_writes(seed), testing::ExitedWithCode(hazard_exit_code),
                "hazard use_after_free.*host: frees an extent");
}

}  // namespace
}  // namespace sluice::test
