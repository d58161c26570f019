// Objects that list their chunks: a batch is one object, whose bytes and offsets move together.

#include <array>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/runtimes.hpp>

namespace sluice::test {
namespace {

constexpr std::size_t page = page_numbers * sizeof(std::uint32_t);

class Structs : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Structs, testing::ValuesIn(worlds()), world_name);

class batch {
 public:
  batch(chunk even, chunk odd, int number)
      : even_(std::move(even)), odd_(std::move(odd)), number_(number) {}

  std::array<chunk, 2> chunks() const { return {even_, odd_}; }
  chunk const& even() const { return even_; }
  chunk const& odd() const { return odd_; }
  int number() const { return number_; }

 private:
  chunk even_;
  chunk odd_;
  int number_;
};

generator<batch> batches(context here, int count) {
  for (int i = 0; i < count; ++i) {
    auto const index = static_cast<std::size_t>(2 * i);
    auto left = co_await here.make<std::uint32_t>(page_numbers);
    auto right = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, left.view(), first_of(index));
    iota(here, right.view(), first_of(index + 1));
    batch made(std::move(left).seal(), std::move(right).seal(), i);
    co_yield std::move(made);
  }
}

void expect_batch(runtime& rt, batch const& found, int index) {
  EXPECT_EQ(found.number(), index);
  auto const first = static_cast<std::size_t>(2 * index);
  expect_ramp(rt.read<std::uint32_t>(found.even()), page_numbers, first);
  expect_ramp(rt.read<std::uint32_t>(found.odd()), page_numbers, first + 1);
}

TEST_P(Structs, C8_AreReadableBitForBitAlsoWhenTheyHadToLeave) {
  on_each_seed(
      GetParam(), tight_memory(GetParam().at, page, 6), 5, [](world const& on, runtime& rt) {
        auto const refs = rt.submit(task("batches", batches).on(on.where()).num_returns(20), 20);
        for (int i = 0; i < 20; ++i)
          expect_batch(rt, *rt.get(refs[static_cast<std::size_t>(i)]), i);
        EXPECT_GT(rt.store().spilled_bytes(), 0U);
      });
}

generator<std::uint64_t> sum_batches(context here, object_ref_generator<batch> from) {
  while (auto ref = co_await from.next()) {
    auto const held = co_await here.get(*ref);
    std::uint64_t total = 0;
    for (chunk const& each : held->chunks()) {
      auto const numbers = co_await here.read<std::uint32_t>(each);
      auto made = co_await here.make<std::uint64_t>(1);
      auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
      sum(here.with(scratch.update()), numbers.view(), made.view());
      total += co_await here.fetch(made);
    }
    co_yield total;
  }
}

// Seen: its yield failed.
TEST_P(Structs, C8_AChunkThatIsNotThereIsNoPartOfThem) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const body = +[](context here) -> generator<batch> {
      auto made = co_await here.make<std::uint32_t>(page_numbers);
      iota(here, made.view(), 0);
      batch half(std::move(made).seal(), chunk(), 7);
      co_yield std::move(half);
    };
    auto const ref = rt.submit(task("half", body).on(on.where()).num_returns<1>());
    auto const found = rt.get(ref);
    expect_ramp(rt.read<std::uint32_t>(found->even()), page_numbers, 0);
    EXPECT_FALSE(found->odd());
  });
}

TEST_P(Structs, C14_TheirChunksCountInTheWindow) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const narrow = task("batches", batches).on(on.where()).ahead(window(100, 2 * page));
    auto sums = rt.submit(task("sum", sum_batches).on(on.where()), rt.submit(narrow, 30));
    std::size_t index = 0;
    for (auto const& ref : sums) {
      EXPECT_EQ(*rt.get(ref),
                expected_sum(page_numbers, 2 * index) + expected_sum(page_numbers, 2 * index + 1));
      ++index;
    }
    EXPECT_EQ(index, 30U);
    // Two batches at most, the consumer's scratch, and pages in pieces of the store's own sizes.
    location const made_in =
        on.at.kind == device_kind::host ? location(tier::host) : location(tier::device);
    EXPECT_LE(rt.store().figures(made_in).peak_bytes, 10 * page);
  });
}

TEST_P(Structs, C11_AChunkTakenOutOfAnObjectOutlivesIt) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    chunk kept;
    {
      auto const ref = rt.submit(task("batches", batches).on(on.where()).num_returns<1>(), 1);
      kept = rt.get(ref)->odd();
    }
    while (used_bytes(rt) > page) std::this_thread::yield();  // until the other one is gone
    expect_ramp(rt.read<std::uint32_t>(kept), page_numbers, 1);
  });
}

}  // namespace
}  // namespace sluice::test
