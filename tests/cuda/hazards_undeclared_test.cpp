// What is touched outside every view: bytes behind a chunk, free memory, and what a kernel that is
// watched writes or reads without a view of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include <sluice/cuda/detail/memory_guard.hpp>
#include <support/checked_device.hpp>

namespace sluice::test {
namespace {

// Told of a simulated device's memory, it ends the process at the access.
constexpr char const* sanitizer_is_first = "AddressSanitizer sees it first";

using testing::HasSubstr;

// Writes one number at `where`, counted from its view's begin: in it or not.
struct stray_body {
  static constexpr char const* name = "stray";
  template <class Exec>
  static void run(Exec const& on, out<std::uint32_t> values, std::ptrdiff_t where) {
    auto* const first = on.data(values);
    for (std::size_t i = 0; i < values.size(); ++i) first[i] = 1;
    first[where] = 7;
  }
};

// Copies a number from `where` into all of its view.
struct peeking_body {
  static constexpr char const* name = "peeking";
  template <class Exec>
  static void run(Exec const& on, out<std::uint32_t> values, std::ptrdiff_t where) {
    std::uint32_t const seen = on.data(values)[where];
    for (std::size_t i = 0; i < values.size(); ++i) on.data(values)[i] = seen;
  }
};

class red_zone {
 public:
  explicit red_zone(std::uint64_t seed) : at(seed) {
    for (std::size_t i = 0; i < 8; ++i) at.take_back(i);
  }
  // Array 2, of which 1000 bytes are used.
  out<std::uint32_t> chunk() {
    allocation_note note(at.memory.at(2), at.memory.bytes());
    note.used_bytes = 1000;
    at.device->note_allocated(note);
    return view_maker::make<out<std::uint32_t>>(at.memory.at(2), 250);
  }

  checked_device at;
};

TEST(RedZone, AWriteBehindTheEndIsFoundWhenTheChunkIsFreed) {
  if (detail::memory_guard::wants_ranges()) GTEST_SKIP() << sanitizer_is_first;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    red_zone with(seed);
    launch(with.at.ref(0)).run<stray_body>(with.chunk(), std::ptrdiff_t{251});
    with.at.ref(0).sync();
    with.at.take_back(2);
    auto const found = with.at.hazards();
    ASSERT_FALSE(found.empty());
    hazard const& last = found.back();
    if (last.kind == hazard_kind::undeclared_access) continue;  // watched, and put back
    EXPECT_EQ(last.kind, hazard_kind::broken_guard);
    EXPECT_EQ(last.overlap_offset, 1004u);
    EXPECT_THAT(last.missing, HasSubstr("behind the end"));
    EXPECT_THAT(last.later.memory, HasSubstr("1000 bytes of device 0"));
  }
}

TEST(RedZone, IsLookedAtBehindTheWorkThatWasGivenBeforeTheFree) {
  if (detail::memory_guard::wants_ranges()) GTEST_SKIP() << sanitizer_is_first;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    red_zone with(seed);
    launch(with.at.ref(0)).run<stray_body>(with.chunk(), std::ptrdiff_t{255});
    with.at.take_back(2);
    with.at.ref(0).sync();
    EXPECT_FALSE(with.at.hazards().empty());
  }
}

TEST(RedZone, AWriteToFreeMemoryIsFoundWhenItIsHandedOut) {
  if (detail::memory_guard::wants_ranges()) GTEST_SKIP() << sanitizer_is_first;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    red_zone with(seed);
    launch(with.at.ref(0)).run<stray_body>(with.chunk(), std::ptrdiff_t{300});
    with.at.ref(0).sync();
    with.at.hand_out(3, 0);
    auto const found = with.at.hazards();
    ASSERT_FALSE(found.empty());
    if (found.back().kind == hazard_kind::undeclared_access) continue;
    EXPECT_EQ(found.back().kind, hazard_kind::broken_guard);
    EXPECT_THAT(found.back().missing, HasSubstr("was free"));
  }
}

TEST(RedZone, IsQuietForWorkInsideItsViews) {
  for (std::uint64_t const seed : seeds(100)) {
    SCOPED_TRACE(seed_line(seed));
    red_zone with(seed);
    event last_use;
    for (std::uint32_t i = 0; i < 20; ++i) {
      with.at.ref(i % 3).wait(last_use, wait_reason::memory_reused);
      launch(with.at.ref(i % 3)).run<fill_body>(with.chunk(), i);
      last_use = with.at.ref(i % 3).record();
      with.at.take_back(2);
    }
    expect_none(with.at.hazards());
  }
}

class watched {
 public:
  watched(std::uint64_t seed, kernel_watch how) {
    sim_options options;
    options.seed = seed;
    options.memory_bytes = 1 << 20;
    options.hazards = log;
    options.watch_kernels = how;
    device = open_sim(options);
  }

  std::shared_ptr<hazard_log> const log = keeping_log();
  std::unique_ptr<driver> device;
};

TEST(WatchedKernels, AreNamedWithWhatTheyWroteOutsideTheirViews) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    watched at(seed, kernel_watch::writes);
    event_pool pool(*at.device);
    arrays memory(*at.device);
    stream const one(pool);
    at.device->note_user(one.ref().handle(), "task 'strays'");
    memory.fill(one, 3, 5);
    launch(one.ref()).run<stray_body>(memory.view<out>(2), std::ptrdiff_t{260});
    EXPECT_EQ(memory.read(one, 3), all(5)) << "what it hit is put back";
    ASSERT_EQ(at.log->count(), 1u);
    hazard const found = at.log->hazards().front();
    EXPECT_EQ(found.kind, hazard_kind::undeclared_access);
    EXPECT_EQ(found.later.work, "kernel 'stray'");
    EXPECT_EQ(found.later.user, "task 'strays'");
    EXPECT_EQ(found.later.number, 2u);
    EXPECT_EQ(found.overlap_offset, 3 * memory.bytes() + 16);
    EXPECT_EQ(found.overlap_bytes, 4u);
  }
}

TEST(WatchedKernels, SeeGarbageWhereTheyHaveNoView) {
  watched at(1, kernel_watch::writes);
  event_pool pool(*at.device);
  arrays memory(*at.device);
  stream const one(pool);
  memory.fill(one, 3, 5);
  launch(one.ref()).run<peeking_body>(memory.view<out>(2), std::ptrdiff_t{256});
  EXPECT_NE(memory.read(one, 2), all(5));
  EXPECT_EQ(at.log->count(), 0u);
}

TEST(WatchedKernels, AreNamedForWhatTheyReadWhenTheyRunTwice) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    watched at(seed, kernel_watch::writes_and_reads);
    event_pool pool(*at.device);
    arrays memory(*at.device);
    stream const one(pool);
    memory.fill(one, 3, 5);
    launch(one.ref()).run<peeking_body>(memory.view<out>(2), std::ptrdiff_t{256});
    memory.add(one, 3, 4, 1);
    EXPECT_EQ(memory.read(one, 4), all(6));
    ASSERT_EQ(at.log->count(), 1u);
    hazard const found = at.log->hazards().front();
    EXPECT_EQ(found.kind, hazard_kind::undeclared_access);
    EXPECT_EQ(found.later.work, "kernel 'peeking'");
    EXPECT_THAT(found.missing, HasSubstr("follows from memory outside its views"));
  }
}

TEST(WatchedKernels, SomeSeedsWatchSmallDevices) {
  if (detail::memory_guard::wants_ranges()) GTEST_SKIP() << sanitizer_is_first;
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    checked_device at(seed);
    launch(at.ref(0)).run<stray_body>(at.memory.view<out>(2), std::ptrdiff_t{260});
    at.ref(0).sync();
    if (at.log->count() != 0) ++found;
  }
  EXPECT_GE(found, 12u);
  EXPECT_LE(found, 50u);
}

}  // namespace
}  // namespace sluice::test
