// C8, C15: what does not fit moves down, oldest first, and comes back bit for bit.

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

store_limits tiers(std::size_t device, std::size_t pinned, std::size_t host) {
  store_limits limits;
  limits.device = device;
  limits.pinned = pinned;
  limits.host = host;
  return limits;
}

// Drives the store until nothing waits on a device, so that places can be told.
void finish(store_world& world) {
  for (std::size_t i = 0; i < 3; ++i) world.on(i).sync();
}

}  // namespace

class Spill : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Spill, testing::ValuesIn(places()), place_name);

TEST_P(Spill, MovesTheOldestChunkWhenTheDeviceIsFull) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib), open(GetParam(), seed));
    chunk const a = world.make(on_device, 4 * kib, 1);
    chunk const b = world.make(on_device, 4 * kib, 2);
    world.read_on_device(a);  // so b is the oldest
    chunk const c = world.make(on_device, 4 * kib, 3);
    EXPECT_EQ(world.where(a), pools({on_device}));
    EXPECT_EQ(world.where(b), pools({in_pinned}));
    EXPECT_EQ(world.where(c), pools({on_device}));
    EXPECT_EQ(world.read(b), content_of(2, 4 * kib));
    EXPECT_EQ(world.read_on_device(b), content_of(2, 4 * kib));
    EXPECT_EQ(world.read_on_device(a), content_of(1, 4 * kib));
    EXPECT_EQ(world.read_on_device(c), content_of(3, 4 * kib));
  }
}

TEST_P(Spill, GoesThroughAllTiersAndBack) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    store_world world(GetParam(), tiers(8 * kib, 8 * kib, 8 * kib), open(GetParam(), seed));
    std::vector<chunk> made = world.make_many(40, on_device, 2 * kib);
    EXPECT_EQ(world.where(made.front()), pools({on_disk}));
    EXPECT_EQ(world.where(made.back()), pools({on_device}));
    EXPECT_GE(world.store().spilled_bytes(), 50 * kib);
    for (std::uint64_t i = 0; i < 40; ++i) {
      EXPECT_EQ(world.read_on_device(made[i], i % 3), content_of(i, 2 * kib)) << i;
      EXPECT_EQ(world.read(made[39 - i]), content_of(39 - i, 2 * kib)) << i;
    }
    EXPECT_GT(world.store().restored_bytes(), 0u);
    for (location const each : {on_device, in_pinned, in_host}) {
      EXPECT_LE(world.peak(each), 8 * kib);
      EXPECT_GT(world.peak(each), 6 * kib);
    }
    made.clear();
    finish(world);
    for (location const each : {on_device, in_pinned, in_host, on_disk})
      EXPECT_EQ(world.used(each), 0u) << name_of(each);
  }
}

TEST_P(Spill, SkipsPinnedMemoryWhereThereIsNone) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 0, 8 * kib));
  std::vector<chunk> const made = world.make_many(20, on_device, 2 * kib);
  EXPECT_EQ(world.where(made[0]), pools({on_disk}));
  EXPECT_EQ(world.where(made[15]), pools({in_host}));
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(world.read_on_device(made[i]), content_of(i, 2 * kib));
}

TEST_P(Spill, LeavesAloneWhatIsBeingRead) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 8 * kib, 8 * kib));
  chunk const a = world.make(on_device, 4 * kib, 1);
  chunk const b = world.make(on_device, 4 * kib, 2);
  {
    auto const open = world.open_at(a, on_device, world.on());
    chunk const c = world.make(on_device, 4 * kib, 3);
    EXPECT_EQ(world.where(a), pools({on_device}));
    EXPECT_EQ(world.where(b), pools({in_pinned}));
    auto const other = world.open_at(c, on_device, world.on());
    EXPECT_THROW(world.make(on_device, 4 * kib, 4), out_of_memory);
  }
  chunk const d = world.make(on_device, 4 * kib, 4);
  EXPECT_EQ(world.where(d), pools({on_device}));
}

TEST_P(Spill, LeavesAloneWhatIsBeingWritten) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 8 * kib, 8 * kib));
  writer<std::byte> open = world.room(on_device, 8 * kib);
  EXPECT_THROW(world.room(on_device, 256), out_of_memory);
  world.fill(open, 5);
  chunk const made = std::move(open).seal();
  writer<std::byte> const next = world.room(on_device, 256);
  EXPECT_EQ(world.read(made), content_of(5, 8 * kib));
}

// A replica elsewhere makes leaving free of charge.
TEST_P(Spill, DropsWhatHasAnotherReplicaBeforeItMovesAnything) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  chunk const only = world.make(on_device, 4 * kib, 1);
  chunk const clean = world.make(in_pinned, 4 * kib, 2);
  EXPECT_EQ(world.read_on_device(clean), content_of(2, 4 * kib));
  EXPECT_EQ(world.where(clean), pools({on_device, in_pinned}));
  chunk const more = world.make(on_device, 4 * kib, 3);
  EXPECT_EQ(world.where(clean), pools({in_pinned})) << "younger, but it has another replica";
  EXPECT_EQ(world.where(only), pools({on_device}));
}

TEST_P(Spill, WritesAChunkToDiskOnceHoweverOftenItComesBack) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(0, 0, 8 * kib));
  chunk const a = world.make(in_host, 8 * kib, 1);
  chunk const b = world.make(in_host, 8 * kib, 2);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(world.read(a), content_of(1, 8 * kib));
    EXPECT_EQ(world.read(b), content_of(2, 8 * kib));
  }
  EXPECT_EQ(world.store().spilled_bytes(), 16 * kib);
  EXPECT_GE(world.store().restored_bytes(), 72 * kib);
}

TEST_P(Spill, MovesTheChunksOfOneObjectTogether) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  std::vector<chunk> const object{world.make(on_device, 2 * kib, 1),
                                  world.make(on_device, 2 * kib, 2)};
  world.store().bind(object);
  chunk const between = world.make(on_device, 4 * kib, 3);
  chunk const next = world.make(on_device, 1 * kib, 4);
  EXPECT_EQ(world.where(object[0]), pools({in_pinned}));
  EXPECT_EQ(world.where(object[1]), pools({in_pinned}));
  EXPECT_EQ(world.where(between), pools({on_device}));
  EXPECT_EQ(world.read(object[0]), content_of(1, 2 * kib));
  EXPECT_EQ(world.read(object[1]), content_of(2, 2 * kib));
}

TEST_P(Spill, KeepsAnObjectWhileOneOfItsChunksIsRead) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  std::vector<chunk> const object{world.make(on_device, 2 * kib, 1),
                                  world.make(on_device, 2 * kib, 2)};
  world.store().bind(object);
  chunk const other = world.make(on_device, 4 * kib, 3);
  auto const open = world.open_at(object[1], on_device, world.on());
  chunk const next = world.make(on_device, 1 * kib, 4);
  EXPECT_EQ(world.where(object[0]), pools({on_device}));
  EXPECT_EQ(world.where(other), pools({in_pinned}));
}

TEST_P(Spill, UsingOneChunkOfAnObjectKeepsAllOfItYoung) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  std::vector<chunk> const object{world.make(on_device, 2 * kib, 1),
                                  world.make(on_device, 2 * kib, 2)};
  world.store().bind(object);
  chunk const other = world.make(on_device, 4 * kib, 3);
  world.read_on_device(object[0]);
  chunk const next = world.make(on_device, 1 * kib, 4);
  EXPECT_EQ(world.where(object[1]), pools({on_device}));
  EXPECT_EQ(world.where(other), pools({in_pinned}));
}

TEST_P(Spill, TakesSlicesAndRepeatsOfAChunkForTheChunk) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  chunk const a = world.make(on_device, 2 * kib, 1);
  chunk const b = world.make(on_device, 2 * kib, 2);
  chunk const c = world.make(on_device, 2 * kib, 3);
  world.store().bind(std::vector{a, a, a.slice(1, 2), b.slice(5, 5)});
  world.store().bind(std::vector{b, c});
  chunk const next = world.make(on_device, 4 * kib, 4);
  for (chunk const& each : {a, b, c}) EXPECT_EQ(world.where(each), pools({in_pinned}));
  EXPECT_EQ(world.read_on_device(a), content_of(1, 2 * kib));
}

TEST_P(Spill, EndsInATypedErrorWhereNothingCanLeave) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_limits limits = tiers(8 * kib, 4 * kib, 4 * kib);
  limits.disk = 4 * kib;
  store_world world(GetParam(), limits);
  std::vector<chunk> made;
  try {
    for (std::uint64_t i = 0; i < 11; ++i) made.push_back(world.make(on_device, 2 * kib, i));
    ADD_FAILURE() << "22 KiB in 18 KiB, of which 4 KiB hold one chunk";
  } catch (out_of_memory const& full) {
    EXPECT_EQ(full.pool(), on_device);
    EXPECT_EQ(full.limit_bytes(), 8 * kib);
  }
  EXPECT_EQ(made.size(), 9u);
  for (std::uint64_t i = 0; i < made.size(); ++i) {
    if (world.where(made[i]).front() != on_device) continue;
    EXPECT_EQ(world.read_on_device(made[i]), content_of(i, 2 * kib));
  }
}

TEST_P(Spill, HelpsTheOldestWaiterAndTellsWhoIsYoungest) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  chunk const a = world.make(on_device, 4 * kib, 1);
  chunk const b = world.make(on_device, 4 * kib, 2);
  auto const nothing = [](void*) noexcept {};
  auto const young = world.ask({on_device}, 2 * kib, 200);
  auto const old = world.ask({on_device}, 4 * kib, 100);
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::idle);
  EXPECT_FALSE(young->start(nothing, nullptr));
  EXPECT_FALSE(old->start(nothing, nullptr));
  EXPECT_EQ(world.store().youngest_waiter(), young.get());
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_TRUE(old->granted());
  EXPECT_FALSE(young->granted());
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_TRUE(young->granted());
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::idle);
}

// What is freed below for an older request is not given to a younger one that waits there.
TEST_P(Spill, MakesRoomBelowForTheOldestFirst) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 0, 8 * kib));
  chunk const deep = world.make(on_device, 8 * kib, 1);
  std::vector<chunk> const hosted = world.make_many(4, in_host, 2 * kib, 10);
  auto const nothing = [](void*) noexcept {};
  auto const old = world.ask({on_device}, 8 * kib, 1000);
  auto const young = world.ask({in_host}, 2 * kib, 2000);
  EXPECT_FALSE(old->start(nothing, nullptr));
  EXPECT_FALSE(young->start(nothing, nullptr));
  while (!old->granted()) {
    spill_result const result = world.store().spill();
    ASSERT_NE(result.outcome, spill_outcome::stuck);
    if (result.outcome == spill_outcome::pending) result.done.sync();
    EXPECT_TRUE(old->granted() || !young->granted());
  }
  EXPECT_EQ(world.where(deep), pools({in_host}));
}

// C15: who waits no longer holds nobody up.
TEST_P(Spill, LeavesTheRoomItMadeForARequestThatWithdrewToAnybody) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 0, 8 * kib));
  chunk const above = world.make(on_device, 8 * kib, 1);
  chunk const below = world.make(in_host, 8 * kib, 2);
  auto const nothing = [](void*) noexcept {};
  {
    auto const request = world.ask({on_device}, 8 * kib, 1000);
    EXPECT_FALSE(request->start(nothing, nullptr));
    EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
    EXPECT_EQ(world.where(below), pools({on_disk}));
    auto const young = world.ask({in_host}, 4 * kib, 2000);
    EXPECT_FALSE(young->start(nothing, nullptr)) << "the room is for the older one";
  }
  auto const later = world.ask({in_host}, 4 * kib, 3000);
  EXPECT_TRUE(later->start(nothing, nullptr));
  EXPECT_EQ(world.where(above), pools({on_device}));
}

TEST_P(Spill, CallsForTheSpillerWhenSomethingCanMoveAgain) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 8 * kib, 8 * kib));
  int calls = 0;
  world.store().on_waiter([](void* who) noexcept { ++*static_cast<int*>(who); }, &calls);
  writer<std::byte> open = world.room(on_device, 8 * kib);
  auto const request = world.ask({on_device}, 1 * kib);
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(request->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::stuck);
  world.fill(open, 1);
  chunk const made = std::move(open).seal();
  EXPECT_EQ(calls, 2) << "a sealed writer can be moved";
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_TRUE(request->granted());
  auto const held = request->take_writer(world.on());
  auto const second = world.ask({on_device}, 8 * kib);
  EXPECT_FALSE(second->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::stuck);
  calls = 0;
  world.make(in_host, 10, 2);
  EXPECT_EQ(calls, 1) << "called once until it comes";
}

// Seen by simulation: what the first of two had reserved went back as if somebody had freed it, so
// the spiller tried again, for ever.
TEST_P(Spill, EndsWhenTheTierBelowHasRoomForAPartOfAnObjectOnly) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 8 * kib, 0));
  std::vector<chunk> const object = world.make_many(2, on_device, 4 * kib);
  world.store().bind(object);
  chunk const in_the_way = world.make(in_pinned, 4 * kib, 7);
  auto open = world.open_at(in_the_way, in_host, stream_ref());
  auto const request = world.ask({on_device}, 4 * kib);
  EXPECT_FALSE(request->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::stuck);
  EXPECT_EQ(world.used(in_pinned), 4 * kib);
  open.close();
  while (!request->granted()) ASSERT_EQ(world.store().spill().outcome, spill_outcome::moved);
}

TEST_P(Spill, IsCalledForWhenAReadingCloses) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 8 * kib, 8 * kib));
  chunk const made = world.make(on_device, 8 * kib, 1);
  auto open = world.open_at(made, on_device, world.on());
  int calls = 0;
  world.store().on_waiter([](void* who) noexcept { ++*static_cast<int*>(who); }, &calls);
  auto const request = world.ask({on_device}, 8 * kib);
  EXPECT_FALSE(request->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::stuck);
  calls = 0;
  open.close();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_TRUE(request->granted());
}

TEST_P(Spill, CountsTheEndOfAReadingAsItsUse) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), tiers(8 * kib, 64 * kib, 64 * kib));
  chunk const a = world.make(on_device, 4 * kib, 1);
  chunk const b = world.make(on_device, 4 * kib, 2);
  auto open = world.open_at(a, on_device, world.on());
  world.read_on_device(b);
  open.close();
  chunk const c = world.make(on_device, 4 * kib, 3);
  EXPECT_EQ(world.where(a), pools({on_device}));
  EXPECT_EQ(world.where(b), pools({in_pinned}));
}

TEST_P(Spill, GrowsPinnedMemoryOnlyWhenItIsAskedFor) {
  SLUICE_SKIP_WITHOUT(GetParam());
  constexpr std::size_t mib = 1024 * kib;
  store_limits limits = tiers(1 * mib, 600 * mib, 1 * mib);
  store_world world(GetParam(), limits);
  EXPECT_THROW(world.ask({in_pinned}, 257 * mib), object_too_large);
  auto const first = world.acquire({in_pinned}, 256 * mib);
  auto const second = world.ask({in_pinned}, 200 * mib);
  EXPECT_FALSE(second->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_TRUE(second->granted());
  EXPECT_EQ(world.used(in_pinned), 456 * mib);
}

// Else a stream through pinned memory would be in pageable memory soon, with all of it free.
TEST_P(Spill, PinnedMemoryThatTheDeviceIsDoneWithIsTakenBeforePageable) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam())) {
    SCOPED_TRACE(seed_line(seed));
    store_world world(GetParam(), tiers(64 * kib, 8 * kib, 64 * kib), open(GetParam(), seed));
    chunk sent = world.make(in_pinned, 8 * kib, 1);
    auto open = world.open_at(sent, on_device, world.on());
    world.read_later(open, world.on());
    open.close();
    sent = chunk();  // the copy up may not have run yet
    world.on().sync();
    auto const next = world.acquire({in_pinned, in_host}, 8 * kib);
    EXPECT_EQ(next->take_writer(stream_ref()).where(), in_pinned);
  }
}

TEST_P(Spill, PinnedMemoryGrowsBehindARequestThatPassedIt) {
  SLUICE_SKIP_WITHOUT(GetParam());
  constexpr std::size_t mib = 1024 * kib;
  store_world world(GetParam(), tiers(1 * mib, 600 * mib, 600 * mib));
  int calls = 0;
  world.store().on_waiter([](void* who) noexcept { ++*static_cast<int*>(who); }, &calls);
  std::vector<std::unique_ptr<memory_request>> asked;
  auto const given_in = [&] {
    asked.push_back(world.ask({in_pinned, in_host}, 200 * mib));
    EXPECT_TRUE(asked.back()->start([](void*) noexcept {}, nullptr));
    return asked.back()->take_writer(stream_ref()).where();
  };
  auto const held = world.room(in_pinned, 200 * mib);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(given_in(), in_host) << "nobody waits for it to grow";
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::moved);
  EXPECT_EQ(given_in(), in_pinned);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(world.store().spill().outcome, spill_outcome::idle);
}

}  // namespace sluice::test
