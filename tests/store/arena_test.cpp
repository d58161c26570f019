// Dividing an extent: best fit, merging, and the events of last users (C15, design: memory is owned
// and handed on in stream order).

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/store/detail/arena.hpp>
#include <sluice/store/detail/host_memory.hpp>
#include <support/places.hpp>

namespace sluice::test {

using detail::arena;
using detail::piece;

namespace {
constexpr std::size_t unit = detail::arena_alignment;
}  // namespace

namespace {

class manual_arena {
 public:
  explicit manual_arena(std::size_t limit, std::size_t extent = SIZE_MAX)
      : of(open(place())), memory(*of, arena::kind::pinned, limit, extent) {}

  std::unique_ptr<driver> of;
  arena memory;
};

}  // namespace

TEST(Arena, TakesTheSmallestRangeThatFits) {
  manual_arena test(64 * unit);
  std::vector<piece> pieces;
  for (std::size_t const units : {4u, 1u, 8u, 1u, 3u, 1u, 6u, 1u}) {
    pieces.push_back(test.memory.take(units * unit));
    ASSERT_TRUE(pieces.back());
  }
  address const eight = pieces[2].memory;
  address const three = pieces[4].memory;
  for (std::size_t const each : {0u, 2u, 4u, 6u}) test.memory.give(std::move(pieces[each]));
  EXPECT_EQ(test.memory.take(3 * unit).memory, three);
  EXPECT_EQ(test.memory.take(7 * unit).memory, eight);
}

TEST(Arena, MergesNeighboursInWhateverOrderTheyComeBack) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    manual_arena test(16 * unit);
    std::vector<piece> pieces(16);
    for (piece& each : pieces) each = test.memory.take(unit);
    EXPECT_FALSE(test.memory.take(unit));
    std::mt19937_64 random(seed);
    std::ranges::shuffle(pieces, random);
    for (piece& each : pieces) test.memory.give(std::move(each));
    EXPECT_TRUE(test.memory.take(16 * unit));
  }
}

// Against a map of what is handed out.
TEST(Arena, NeverHandsOutAByteTwice) {
  for (std::uint64_t const seed : seeds(5)) {
    SCOPED_TRACE(seed_line(seed));
    manual_arena test(256 * unit);
    std::mt19937_64 random(seed);
    std::map<std::uintptr_t, piece> held;
    std::size_t used = 0;
    for (std::size_t i = 0; i < 4000; ++i) {
      if (random() % 2 == 0 && !held.empty()) {
        auto const chosen = std::next(held.begin(), static_cast<long>(random() % held.size()));
        used -= chosen->second.bytes;
        test.memory.give(std::move(chosen->second));
        held.erase(chosen);
        continue;
      }
      piece got = test.memory.take((1 + random() % 30) * unit);
      if (!got) continue;
      used += got.bytes;
      auto const begin = got.memory.value();
      auto const after = held.upper_bound(begin);
      bool const before_next = after == held.end() || begin + got.bytes <= after->first;
      bool const behind_last = after == held.begin() ||
                               std::prev(after)->first + std::prev(after)->second.bytes <= begin;
      ASSERT_TRUE(before_next && behind_last);
      ASSERT_EQ(begin % unit, 0u);
      held.emplace(begin, std::move(got));
    }
    ASSERT_LE(used, 256 * unit);
    for (auto& [begin, each] : held) test.memory.give(std::move(each));
    EXPECT_TRUE(test.memory.take(256 * unit));
  }
}

TEST(Arena, GrowsExtentByExtentUpToItsLimit) {
  manual_arena test(10 * unit, 4 * unit);
  EXPECT_EQ(test.memory.largest(), 4u * unit);
  auto const first = test.memory.take(4 * unit);
  EXPECT_TRUE(first);
  EXPECT_FALSE(test.memory.take(unit));
  std::vector<std::size_t> grown;
  while (std::size_t const bytes = test.memory.growth_bytes()) {
    grown.push_back(bytes);
    test.memory.add_extent(test.memory.allocate_extent(bytes), bytes);
  }
  EXPECT_EQ(grown, (std::vector<std::size_t>{4 * unit, 2 * unit}));
  EXPECT_TRUE(test.memory.take(2 * unit));
  EXPECT_TRUE(test.memory.take(4 * unit));
  EXPECT_FALSE(test.memory.take(unit));
}

// A merged range is handed on with the events of all who used a part of it.
TEST(Arena, UnitesTheEventsOfRangesThatMerge) {
  place at;
  at.kind = device_kind::sim;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = open(at, seed);
    event_pool events(*device);
    stream const first(events);
    stream const second(events);
    arena memory(*device, arena::kind::device, 4 * unit, 4 * unit);
    piece left = memory.take(2 * unit);
    piece right = memory.take(2 * unit);
    std::vector<std::byte> source(512);
    first.ref().copy(left.memory, address::of(source.data()), 512, copy_direction::host_to_device);
    second.ref().copy(right.memory, address::of(source.data()), 512,
                      copy_direction::host_to_device);
    event const of_left = first.ref().record();
    event const of_right = second.ref().record();
    left.last_users.add(of_left);
    right.last_users.add(of_right);
    memory.give(std::move(left));
    memory.give(std::move(right));
    piece whole = memory.take(4 * unit);
    ASSERT_TRUE(whole);
    whole.last_users.sync();
    EXPECT_TRUE(of_left.is_done());
    EXPECT_TRUE(of_right.is_done());
  }
}

TEST(HostMemory, KeepsWithWhatIsInUseUnderItsLimit) {
  detail::host_memory memory(1 << 20);
  std::vector<piece> pieces(4);
  for (piece& each : pieces) each = memory.take(256 << 10);
  address const last = pieces.back().memory;
  for (piece& each : pieces) memory.give(std::move(each));
  piece again = memory.take(256 << 10);
  EXPECT_EQ(again.memory, last) << "a freed mapping is used again while it is warm";
  piece other = memory.take(768 << 10);
  EXPECT_TRUE(other);
  memory.give(std::move(again));
  memory.give(std::move(other));
}

}  // namespace sluice::test
