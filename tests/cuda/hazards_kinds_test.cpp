// Every kind of hazard is found with every seed, with both works and the edge that is missing; and
// what orders two works is enough to have none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <support/checked_device.hpp>

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string never_waited(checked_device& at, std::size_t later, std::size_t earlier) {
  return "stream " + std::to_string(at.ref(later).handle()) +
         " of device 0 never waited for an event recorded on stream " +
         std::to_string(at.ref(earlier).handle()) + " of device 0 behind work ";
}

TEST(HazardKinds, AReadThatIsNotBehindTheWrite) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.name(0, "task 'makes'");
    at.name(1, "task 'takes'");
    at.memory.fill(at.on(0), 0, 7);
    at.memory.add(at.on(1), 0, 1, 1);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::read_after_write);
    EXPECT_EQ(found.seed, seed);
    EXPECT_EQ(found.earlier.work, "kernel 'fill'");
    EXPECT_EQ(found.earlier.user, "task 'makes'");
    EXPECT_EQ(found.earlier.stream, at.ref(0).handle());
    EXPECT_TRUE(found.earlier.writes);
    EXPECT_EQ(found.later.work, "kernel 'add'");
    EXPECT_EQ(found.later.user, "task 'takes'");
    EXPECT_EQ(found.later.stream, at.ref(1).handle());
    EXPECT_FALSE(found.later.writes);
    EXPECT_EQ(found.overlap_offset, 0u);
    EXPECT_EQ(found.overlap_bytes, at.memory.bytes());
    EXPECT_EQ(found.missing, never_waited(at, 1, 0) + "1 (none was recorded there since)");
  }
}

TEST(HazardKinds, AWriteThatIsNotBehindTheRead) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.fill_all();
    at.memory.add(at.on(1), 0, 1, 1);
    at.ref(1).record();
    at.memory.fill(at.on(2), 0, 8);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_read);
    EXPECT_EQ(found.earlier.work, "kernel 'add'");
    EXPECT_FALSE(found.earlier.writes);
    EXPECT_EQ(found.later.work, "kernel 'fill'");
    EXPECT_TRUE(found.later.writes);
    EXPECT_EQ(found.missing, never_waited(at, 2, 1) + "9");
  }
}

TEST(HazardKinds, TwoWritesInNoOrder) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(1), 3, 7);
    at.memory.put(at.on(2), 3, 8);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::write_after_write);
    EXPECT_EQ(found.later.work, "copy host_to_device");
    EXPECT_THAT(found.missing, HasSubstr(never_waited(at, 2, 1)));
    EXPECT_EQ(found.later.offset, 3 * at.memory.bytes());
  }
}

TEST(HazardKinds, AUseOfMemoryThatWasGivenBack) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.name(0, "task 'owner'");
    at.hand_out(2, 0);
    at.memory.fill(at.on(0), 2, 7);
    at.take_back(2);
    at.memory.add(at.on(0), 2, 1, 1);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::use_after_free);
    EXPECT_EQ(found.later.work, "kernel 'add'");
    EXPECT_THAT(found.later.memory, HasSubstr("handed to task 'owner'"));
    EXPECT_EQ(found.missing, "allocation " + std::to_string(found.later.allocation) +
                                 " was given back before work 2");
  }
}

TEST(HazardKinds, AReadOfWhatNobodyWrote) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(0), 0, 7);
    at.memory.add(at.on(0), 1, 2, 1);
    hazard const found = at.one();
    EXPECT_EQ(found.kind, hazard_kind::uninitialised_read);
    EXPECT_EQ(found.later.work, "kernel 'add'");
    EXPECT_EQ(found.overlap_offset, at.memory.bytes());
    EXPECT_EQ(found.overlap_bytes, at.memory.bytes());
    EXPECT_THAT(found.missing, HasSubstr("nobody wrote these bytes"));
  }
}

struct bump_body {
  static constexpr char const* name = "bump";
  template <class Exec>
  static void run(Exec const& on, inout<std::uint32_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) ++on.data(values)[i];
  }
};

TEST(HazardKinds, AKernelThatUpdatesReadsWhatWasThere) {
  checked_device at(1);
  launch(at.ref(0)).run<bump_body>(at.memory.view<inout>(0));
  EXPECT_EQ(at.one().kind, hazard_kind::uninitialised_read);
}

TEST(HazardKinds, ScratchOfAKernelMayHoldAnything) {
  checked_device at(1);
  auto const scratch = view_maker::make<inout<std::byte>>(at.memory.at(5), at.memory.bytes());
  launch(at.ref(0), scratch).run<fill_body>(at.memory.view<out>(0), 7u);
  expect_none(at.hazards());
  launch(at.ref(1), scratch).run<fill_body>(at.memory.view<out>(1), 7u);
  EXPECT_EQ(at.one().kind, hazard_kind::write_after_write) << "but it is written to";
}

TEST(HazardKinds, WhatNobodyWroteIsPassedOnByCopiesAndMetByKernels) {
  checked_device at(1);
  at.memory.fill(at.on(0), 0, 7);
  at.ref(0).copy(at.memory.at(1), at.memory.at(0), 512, copy_direction::device_to_device);
  at.memory.move(at.on(0), 1, 2);
  expect_none(at.hazards());
  at.memory.add(at.on(0), 2, 3, 1);
  hazard const found = at.one();
  EXPECT_EQ(found.kind, hazard_kind::uninitialised_read);
  EXPECT_EQ(found.overlap_offset, 2 * at.memory.bytes() + 512);
  EXPECT_EQ(found.overlap_bytes, at.memory.bytes() - 512);
}

TEST(HazardKinds, WhatNobodyWroteIsMetWhenItLeavesForTheHost) {
  checked_device at(1);
  at.memory.read(at.on(0), 4);
  hazard const found = at.one();
  EXPECT_EQ(found.kind, hazard_kind::uninitialised_read);
  EXPECT_EQ(found.later.work, "copy device_to_host");
}

TEST(HazardKinds, OnlyTheBytesThatOverlapCount) {
  checked_device at(1);
  at.fill_all();
  auto const move = [&](std::size_t on, std::size_t to, std::size_t from, std::size_t bytes) {
    at.ref(on).copy(at.memory.at(0) + to, at.memory.at(0) + from, bytes,
                    copy_direction::device_to_device);
  };
  move(0, 100, 4096, 100);
  move(1, 200, 4196, 100);
  move(2, 0, 4296, 100);
  expect_none(at.hazards());
  move(3, 190, 4396, 20);
  auto const found = at.hazards();
  ASSERT_THAT(kinds_of(found),
              ElementsAre(hazard_kind::write_after_write, hazard_kind::write_after_write));
  EXPECT_EQ(found[0].earlier.stream, at.ref(0).handle());
  EXPECT_EQ(found[0].overlap_offset, 190u);
  EXPECT_EQ(found[0].overlap_bytes, 10u);
  EXPECT_EQ(found[1].earlier.stream, at.ref(1).handle());
  EXPECT_EQ(found[1].overlap_offset, 200u);
  EXPECT_EQ(found[1].overlap_bytes, 10u);
}

TEST(HazardKinds, EveryReaderThatIsStillInTheWayIsNamed) {
  checked_device at(1);
  at.fill_all();
  at.memory.add(at.on(0), 0, 1, 1);
  at.memory.add(at.on(1), 0, 2, 1);
  at.memory.add(at.on(2), 0, 3, 1);
  at.order(1, 3);
  at.memory.fill(at.on(3), 0, 1);
  EXPECT_THAT(kinds_of(at.hazards()),
              ElementsAre(hazard_kind::write_after_read, hazard_kind::write_after_read));
}

TEST(HazardKinds, OnePairIsReportedOnceHoweverManyPiecesItTouches) {
  checked_device at(1);
  at.fill_all();
  for (std::size_t i = 0; i < 8; ++i)
    at.ref(0).copy(at.memory.at(0) + 64 * i, at.memory.at(4), 32, copy_direction::device_to_device);
  at.ref(0).sync();
  at.memory.fill(at.on(1), 0, 1);
  at.memory.fill(at.on(2), 0, 2);
  EXPECT_EQ(at.log->count(), 1u);
}

TEST(HazardKinds, TheSameMistakeAThousandTimesIsToldAFewTimes) {
  checked_device at(1);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    at.memory.fill(at.on(0), 0, i);
    at.memory.fill(at.on(1), 0, i);
  }
  EXPECT_GE(at.log->count(), 1000u);
  EXPECT_LE(at.hazards().size(), 20u);
}

// Orders.

TEST(HazardOrder, AnEventOrdersAndSoDoTwo) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(0), 0, 7);
    at.order(0, 1);
    at.order(1, 2);  // one hop more
    at.memory.add(at.on(2), 0, 1, 1);
    at.order(2, 0);
    at.memory.fill(at.on(0), 0, 8);
    expect_none(at.hazards());
  }
}

TEST(HazardOrder, TheHostOrdersWhatItHasSyncedWithOrFoundDone) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(0), 0, 7);
    at.ref(0).sync();
    at.memory.add(at.on(1), 0, 1, 1);
    event const read = at.ref(1).record();
    while (!read.is_done()) {
    }
    at.memory.fill(at.on(2), 0, 8);
    expect_none(at.hazards());
  }
}

TEST(HazardOrder, AnEventThatWasAskedForAndNotFoundDoneOrdersNothing) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(0), 0, 7);
    bool const done = at.ref(0).record().is_done();
    at.memory.add(at.on(1), 0, 1, 1);
    EXPECT_EQ(at.hazards().size(), done ? 0u : 1u);
  }
}

TEST(HazardOrder, AnEventRecordedBeforeTheWorkIsNotEnough) {
  checked_device at(1);
  at.memory.fill(at.on(0), 0, 7);
  event const early = at.ref(0).record();
  at.memory.fill(at.on(0), 1, 7);
  at.ref(1).wait(early, wait_reason::input_written);
  at.memory.add(at.on(1), 0, 2, 1);
  expect_none(at.hazards());
  at.memory.add(at.on(1), 1, 3, 1);
  EXPECT_EQ(at.one().kind, hazard_kind::read_after_write);
}

TEST(HazardOrder, AWaitForAnEventThatWasNeverRecordedOrdersNothing) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    at.memory.fill(at.on(0), 0, 7);
    auto const never = at.device->make_event();
    at.device->wait(at.ref(1).handle(), never, wait_reason::input_written);
    at.device->sync(never);
    EXPECT_TRUE(at.device->is_done(never));
    at.memory.add(at.on(1), 0, 1, 1);
    EXPECT_EQ(at.one().kind, hazard_kind::read_after_write);
  }
}

TEST(HazardOrder, AWaitKeepsTheRecordItSaw) {
  checked_device at(1);
  auto const event = at.device->make_event();
  at.memory.fill(at.on(0), 0, 7);
  at.device->record(event, at.ref(0).handle());
  at.device->wait(at.ref(1).handle(), event, wait_reason::input_written);
  at.memory.fill(at.on(0), 1, 7);
  at.device->record(event, at.ref(0).handle());
  at.memory.add(at.on(1), 0, 2, 1);
  expect_none(at.hazards());
  at.memory.add(at.on(1), 1, 3, 1);
  EXPECT_EQ(at.one().kind, hazard_kind::read_after_write);
}

TEST(HazardOrder, ADestroyedStreamStillHasItsWorkToDo) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    event done;
    {
      stream const gone(at.pool);
      at.memory.fill(gone, 0, 7);
      at.memory.fill(gone, 1, 7);
      done = gone.ref().record();
    }
    stream const later(at.pool);  // may have the same place in the tables, not the same past
    at.memory.add(later, 0, 2, 1);
    EXPECT_EQ(at.one().kind, hazard_kind::read_after_write);
    later.ref().wait(done, wait_reason::input_written);
    at.memory.add(later, 1, 3, 1);
    EXPECT_EQ(at.log->count(), 1u);
  }
}

TEST(HazardOrder, StreamsThatComeAndGoAreToldApart) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    checked_device at(seed);
    for (std::uint32_t i = 0; i < 40; ++i) {
      stream const one(at.pool), two(at.pool);
      at.memory.fill(one, 0, i);
      two.ref().wait(one.ref().record(), wait_reason::input_written);
      at.memory.add(two, 0, 1, i);
      two.ref().sync();
    }
    expect_none(at.hazards());
    {
      stream const gone(at.pool);
      at.memory.fill(gone, 2, 7);
    }
    for (int i = 0; i < 3; ++i) {
      stream const next(at.pool);
      at.memory.add(next, 2, 3, 1);
      next.ref().sync();
    }
    EXPECT_EQ(at.log->count(), 3u);
  }
}

TEST(HazardOrder, NothingIsCheckedWhereItWasNotAskedFor) {
  checked_device at(1, std::make_shared<hazard_log>(hazard_options(hazard_response::ignore)));
  at.memory.fill(at.on(0), 0, 7);
  at.memory.add(at.on(1), 0, 1, 1);
  at.memory.read(at.on(2), 5);
  EXPECT_EQ(at.log->count(), 0u);
}

}  // namespace
}  // namespace sluice::test
