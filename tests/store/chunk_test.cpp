// Writers, chunks, slices and readings: C11 (an object lives while a handle lives) and the
// rules of C21 that belong to the store: slices share their parent's bytes.

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <support/store_world.hpp>

namespace sluice::test {

store_limits small() {
  store_limits limits;
  limits.device = 64 << 10;
  limits.pinned = 64 << 10;
  limits.host = 64 << 10;
  return limits;
}

class Chunk : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Chunk, testing::ValuesIn(places()), place_name);

TEST_P(Chunk, HoldsWhatWasWrittenInEveryTierOfMemory) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  for (location const each : {in_host, in_pinned, on_device}) {
    SCOPED_TRACE(name_of(each));
    chunk const made = world.make(each, 1000, 7);
    EXPECT_EQ(made.size_bytes(), 1000u);
    EXPECT_EQ(world.where(made), pools({each}));
    EXPECT_EQ(world.read(made), content_of(7, 1000));
  }
}

TEST_P(Chunk, CanBeReadOnItsDeviceBeforeTheBytesAreThere) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  chunk const made = world.make(on_device, 5000, 3, 0);
  auto open = world.open_at(made, on_device, world.on(1));
  EXPECT_EQ(open.where(), on_device);
  bytes const& seen = world.read_later(open, world.on(1));
  open.close();
  world.on(1).sync();
  EXPECT_EQ(seen, content_of(3, 5000));
}

// C11
TEST_P(Chunk, GivesItsMemoryBackWithTheLastHandleSliceOrReading) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  for (location const each : {in_host, in_pinned, on_device}) {
    SCOPED_TRACE(name_of(each));
    bool const device = each == on_device;
    chunk made = world.make(each, 2000, 1);
    chunk copy = made;
    chunk part = made.slice(10, 20);
    auto open =
        world.open_at(part, device ? on_device : in_host, device ? world.on() : stream_ref());
    EXPECT_EQ(world.used(each), 2048u);
    made = chunk();
    copy = chunk();
    EXPECT_EQ(world.used(each), 2048u);
    part = chunk();
    EXPECT_EQ(world.used(each), 2048u);
    open.close();
    if (device) world.on().sync();
    EXPECT_EQ(world.used(each), 0u);
  }
}

TEST_P(Chunk, SharesItsBytesWithItsSlices) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  bytes const whole = content_of(9, 3000);
  chunk const made = world.make(on_device, 3000, 9);
  chunk const part = made.slice(1000, 500).slice(100, 50);
  EXPECT_EQ(world.used(on_device), 3072u);
  EXPECT_EQ(part.size_bytes(), 50u);
  EXPECT_EQ(world.read(part), bytes(whole.begin() + 1100, whole.begin() + 1150));
  EXPECT_EQ(world.read_on_device(part), bytes(whole.begin() + 1100, whole.begin() + 1150));
  EXPECT_EQ(world.store().stage_bytes(part), 3000u);
  EXPECT_EQ(made.slice(3000, 0).size_bytes(), 0u);
  EXPECT_THROW(made.slice(2999, 2), misuse);
  EXPECT_THROW(made.slice(3001, 0), misuse);
  EXPECT_THROW(made.slice(1, SIZE_MAX), misuse);
}

TEST_P(Chunk, MayHaveNoBytesAtAll) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  for (location const each : {in_host, on_device}) {
    chunk const made = world.make(each, 0, 1);
    EXPECT_TRUE(made);
    EXPECT_EQ(world.used(each), 0u);
    EXPECT_TRUE(world.read(made).empty());
    auto const open = world.open_at(made, on_device, world.on());
    EXPECT_EQ(open.size(), 0u);
  }
}

TEST_P(Chunk, TellsWhenItsBytesAreComplete) {
  SLUICE_SKIP_WITHOUT(GetParam());
  store_world world(GetParam(), small());
  chunk const by_host = world.make(in_host, 100, 1);
  EXPECT_FALSE(world.store().written(by_host));
  chunk const by_device = world.make(on_device, 100, 1);
  event const done = world.store().written(by_device);
  if (GetParam().kind != device_kind::cuda) {  // which may be done already
    EXPECT_EQ(static_cast<bool>(done), GetParam().kind == device_kind::sim);
  }
  done.sync();
  EXPECT_FALSE(world.store().written(by_device));
}

TEST_P(Chunk, OutlivesItsStoreAsAnEmptyHandle) {
  SLUICE_SKIP_WITHOUT(GetParam());
  std::vector<chunk> kept;
  {
    store_world world(GetParam(), small());
    kept.push_back(world.make(on_device, 4000, 1));
    kept.push_back(world.make(in_pinned, 4000, 2));
    kept.push_back(world.make(in_host, 4000, 3));
    kept.push_back(world.make(on_device, 0, 4));
    kept.push_back(kept.front().slice(1, 2));
    world.store().bind(kept);
  }
  kept.clear();
}

TEST(Writer, GivesItsMemoryBackWhenItIsDropped) {
  store_world world(place(), small());
  {
    writer<std::byte> out = world.room(in_host, 1000);
    EXPECT_EQ(world.used(in_host), 1024u);
    writer<std::byte> moved = std::move(out);
    EXPECT_FALSE(out);  // NOLINT(bugprone-use-after-move): what a moved one says
    EXPECT_EQ(moved.size(), 1000u);
    moved = world.room(in_host, 300);
    EXPECT_EQ(world.used(in_host), 512u);
  }
  EXPECT_EQ(world.used(in_host), 0u);
}

TEST(Writer, RefusesWhatItCannotMean) {
  store_world world(place(), small());
  writer<std::byte> out = world.room(in_host, 100);
  chunk const made = std::move(out).seal();
  EXPECT_THROW(out.view(), misuse);  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_THROW(std::move(out).seal(), misuse);
  writer<std::byte> const far = world.room(on_device, 100);
  EXPECT_THROW(far.span(), misuse);
  auto const request = world.acquire({on_device}, 100);
  EXPECT_THROW(request->take_writer(stream_ref()), misuse);
  request->take_writer(world.on());
  EXPECT_THROW(request->take_writer(world.on()), misuse);
}

TEST(Reading, IsClosedWhenAnotherOneIsMovedIntoIt) {
  store_world world(place(), small());
  chunk first = world.make(in_host, 100, 1);
  chunk const second = world.make(in_host, 100, 2);
  std::size_t const both = world.used(in_host);
  auto open = world.open_at(first, in_host, stream_ref());
  open = world.open_at(second, in_host, stream_ref());
  EXPECT_EQ(world.store().open_readings(), 1u);
  EXPECT_EQ(open.span()[0], content_of(2, 100)[0]);
  first = chunk();
  EXPECT_EQ(world.used(in_host), both / 2) << "nobody keeps its memory";
  open = reading<std::byte>();
  EXPECT_EQ(world.store().open_readings(), 0u);
}

TEST(Reading, RefusesWhatItCannotMean) {
  store_world world(place(), small());
  chunk const made = world.make(on_device, 100, 1);
  auto open = world.open_at(made, on_device, world.on());
  EXPECT_THROW(open.span(), misuse);
  open.close();
  open.close();
  EXPECT_THROW(open.view(), misuse);
  EXPECT_THROW(world.store().try_read(chunk(), in_host, stream_ref()), misuse);
  EXPECT_THROW(world.store().try_read(made, on_disk, stream_ref()), misuse);
  EXPECT_THROW(world.store().try_read(made, on_device, stream_ref()), misuse);
  EXPECT_THROW(world.store().try_read(made, location(tier::device, 1), world.on()), misuse);
  EXPECT_THROW(world.store().figures(location(tier::device, -1)), misuse);
}

}  // namespace sluice::test
