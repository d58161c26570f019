// Pages of simulated memory that one device leaves to the next: nothing tells the two apart.

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <sluice/cuda/detail/poisoned_pages.hpp>
#include <sluice/cuda/detail/sim_memory.hpp>

namespace sluice::test {
namespace {

using detail::poisoned_pages;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

bool is_garbage(poisoned_pages const& taken, std::size_t bytes) {
  return std::all_of(taken.pages(), taken.pages() + bytes,
                     [](std::byte each) { return each == std::byte{detail::fresh_poison}; });
}

// Whether a system call may read there.
bool can_be_reached(std::byte const* at) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  bool const reached = ::write(ends[1], at, 1) == 1;
  for (int const each : ends) ::close(each);
  return reached;
}

TEST(PoisonedPages, AreGarbageWhoeverHadThemBefore) {
  for (std::size_t const bytes : {std::size_t{100}, mebibyte, 2 * mebibyte, 5 * mebibyte}) {
    SCOPED_TRACE(bytes);
    for (int i = 0; i < 3; ++i) {
      poisoned_pages const taken(bytes);
      ASSERT_NE(taken.pages(), nullptr);
      EXPECT_TRUE(is_garbage(taken, bytes));
      for (std::size_t at = 0; at < bytes; at += 1000) taken.pages()[at] = std::byte{1};
    }
  }
}

TEST(PoisonedPages, AreKeptForTheNextWhoTakesAsMany) {
  std::optional<poisoned_pages> taken(std::in_place, 3 * mebibyte);
  std::byte const* const first = taken->pages();
  taken.reset();
  poisoned_pages const larger(4 * mebibyte), same(3 * mebibyte), another(3 * mebibyte);
  EXPECT_NE(larger.pages(), first);
  EXPECT_EQ(same.pages(), first);
  EXPECT_NE(another.pages(), first);
}

TEST(PoisonedPages, ThatWereGivenBackCanBeReachedByNobody) {
  for (std::size_t const bytes : {mebibyte, 7 * mebibyte}) {
    std::optional<poisoned_pages> taken(std::in_place, bytes);
    std::byte* const last = taken->pages() + bytes - 1;
    *last = std::byte{1};
    EXPECT_TRUE(can_be_reached(last));
    taken.reset();
    EXPECT_FALSE(can_be_reached(last));
  }
}

TEST(PoisonedPages, AreKeptForEightAtMost) {
  constexpr std::size_t bytes = 6 * mebibyte;
  std::vector<poisoned_pages> taken;
  for (int i = 0; i < 9; ++i) taken.emplace_back(bytes);
  std::vector<std::byte*> firsts;
  for (auto const& each : taken) firsts.push_back(each.pages());
  while (!taken.empty()) taken.pop_back();
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(firsts.front(), 1, &resident), 0) << "the last that were given are kept";
  EXPECT_EQ(::mincore(firsts.back(), 1, &resident), -1) << "the first is unmapped";
}

}  // namespace
}  // namespace sluice::test
