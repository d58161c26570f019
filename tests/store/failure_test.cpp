// A write that fails on the device: C3 (the values it hit carry the error), C8 and V7 in the notes
// on reliability: complete ones stay, whatever was moved beside or behind it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/cuda/launch.hpp>
#include <support/store_world.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

class broken_world {
 public:
  broken_world(std::uint64_t seed, std::size_t device_bytes)
      : world(place(), limits(device_bytes), device(seed)) {}

  // On a stream that does nothing else: what fails takes its stream along.
  chunk broken(std::size_t size) {
    writer<std::byte> room = world.room(on_device, size, 2);
    auto const view = view_maker::make<out<std::uint32_t>>(address::of(raw_view::data(room.view())),
                                                           size / sizeof(std::uint32_t));
    launch(world.on(2)).run<throwing_body>(view);
    return std::move(room).seal();
  }
  void expect_error(chunk const& of) {
    for (int again = 0; again < 2; ++again) {
      try {
        world.read(of);
        ADD_FAILURE() << "nothing was thrown";
      } catch (device_error const& met) {
        EXPECT_NE(std::string(met.what()).find("throwing"), std::string::npos) << met.what();
      }
    }
    EXPECT_THROW(world.store().written(of), device_error);
  }

  store_world world;

 private:
  static store_limits limits(std::size_t device_bytes) {
    store_limits chosen;
    chosen.device = device_bytes;
    chosen.pinned = chosen.host = 8 * kib;
    return chosen;
  }
  static std::unique_ptr<driver> device(std::uint64_t seed) {
    sim_options options;
    options.seed = seed;
    return open_sim(options);
  }
};

void expect_nothing_used(store_world& world) {
  for (location const each : {on_device, in_pinned, in_host, on_disk})
    EXPECT_EQ(world.used(each), 0u) << name_of(each);
}

}  // namespace

TEST(FailedWrite, IsThrownByEveryReadingOfItAndByNoOther) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    broken_world test(seed, 64 * kib);
    {
      chunk const before = test.world.make(on_device, 1 * kib, 1, 0);
      chunk const bad = test.broken(1 * kib);
      chunk const after = test.world.make(on_device, 1 * kib, 2, 1);
      test.expect_error(bad);
      EXPECT_EQ(test.world.read(before), content_of(1, 1 * kib));
      EXPECT_EQ(test.world.read(after), content_of(2, 1 * kib));
      EXPECT_EQ(test.world.read_on_device(before), content_of(1, 1 * kib));
    }
    expect_nothing_used(test.world);
  }
}

// The copies of good chunks do not go behind the copy of a bad one.
TEST(FailedWrite, HarmsNothingThatIsSpilledAfterIt) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    broken_world test(seed, 4 * kib);
    {
      chunk const bad = test.broken(1 * kib);
      std::vector<chunk> good(20);
      for (std::uint64_t i = 0; i < 20; ++i)
        good[i] = test.world.make(on_device, 1 * kib, i, i % 2);
      test.expect_error(bad);
      for (std::uint64_t i = 0; i < 20; ++i)
        EXPECT_EQ(test.world.read(good[i]), content_of(i, 1 * kib)) << i;
    }
    expect_nothing_used(test.world);
  }
}

TEST(FailedWrite, GivesItsMemoryAwayWithoutBeingSavedAnywhere) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    broken_world test(seed, 4 * kib);
    chunk const bad = test.broken(4 * kib);
    EXPECT_THROW(test.world.on(2).sync(), device_error);
    chunk const next = test.world.make(on_device, 4 * kib, 1, 0);
    EXPECT_EQ(test.world.used(in_pinned), 0u);
    EXPECT_TRUE(test.world.where(bad).empty());
    test.expect_error(bad);
    EXPECT_EQ(test.world.read(next), content_of(1, 4 * kib));
  }
}

}  // namespace sluice::test
