// Memory of small objects: kept for the next one of its size, aligned as its type asks for.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/recycled.hpp>
#include <sluice/runtime/detail/sanitized.hpp>

namespace sluice::test {
namespace {

struct small : detail::recycled {
  std::uint64_t words[5] = {};
};

struct alignas(128) strict {
  int value = 7;
};

TEST(Recycled, GivesTheMemoryThatCameBackLastToTheNextOfItsSize) {
  if (detail::sanitized) GTEST_SKIP() << "under a sanitizer nothing is kept";
  auto first = std::make_unique<small>();
  void const* const where = first.get();
  first.reset();
  auto const next = std::make_unique<small>();
  EXPECT_EQ(static_cast<void const*>(next.get()), where);
}

TEST(Recycled, ObjectsThatLiveTogetherAreApart) {
  std::vector<std::unique_ptr<small>> all;
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 500; ++i) {
      all.push_back(std::make_unique<small>());
      for (std::uint64_t& word : all.back()->words) word = i;
    }
    for (std::uint64_t i = 0; i < 500; ++i)
      for (std::uint64_t const word : all[i]->words) EXPECT_EQ(word, i);
    all.clear();
  }
}

// What a thread has kept goes with it; the leak checker of the sanitizer build looks, too.
TEST(Recycled, MayBeGivenBackByAnotherThread) {
  for (int i = 0; i < 50; ++i) {
    auto made = std::make_unique<small>();
    std::thread([given = std::move(made)]() mutable { given.reset(); }).join();
  }
}

TEST(Recycled, ACellOfAStrictlyAlignedValueIsAligned) {
  for (int i = 0; i < 20; ++i) {
    auto const cell = detail::make_counted<detail::value_cell<strict>>();
    cell->set(strict());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&cell->value()) % alignof(strict), 0u);
    EXPECT_EQ(cell->value().value, 7);
  }
}

}  // namespace
}  // namespace sluice::test
