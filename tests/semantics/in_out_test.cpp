// C21: values and bytes in, values and bytes out, and parts of them.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <latch>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

class InOut : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, InOut, testing::ValuesIn(worlds()), world_name);

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(7 * i + 1);
  return bytes;
}

std::vector<std::byte> bytes_of(runtime& rt, object_ref<chunk> const& ref) {
  auto const found = rt.get(ref);
  auto const span = found.span();
  return {span.begin(), span.end()};
}

generator<int> waits(context, signal gate) {
  co_await gate.wait();
  co_yield 5;
}

TEST_P(InOut, C21_PutMakesAnObjectOfAValue) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    {
      auto const ref = rt.put(resident(values, 9));
      EXPECT_TRUE(ref.settled());
      EXPECT_EQ(rt.get(ref)->mark(), 9);
      auto const body = +[](resident const& held) { return held.mark(); };
      EXPECT_EQ(*rt.get(rt.submit(task("mark", body).on(on.where()), ref)), 9);
      auto const text = rt.put(std::string("text"));
      EXPECT_EQ(*rt.get(text), "text");
    }
    values.until_alive(0);
  });
}

TEST_P(InOut, C21_PutOfBytesCopiesThem) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    for (std::size_t const count : {0U, 1U, 4096U, 100'000U}) {
      auto bytes = some_bytes(count);
      auto const expected = bytes;
      auto const ref = rt.put(std::span<std::byte const>(bytes));
      std::fill(bytes.begin(), bytes.end(), std::byte{0});
      EXPECT_EQ(bytes_of(rt, ref), expected);
    }
    std::vector<std::uint32_t> numbers(page_numbers);
    std::iota(numbers.begin(), numbers.end(), first_of(3));
    object_ref<chunk> const ref = rt.put(std::span(numbers));
    expect_ramp(rt, ref, page_numbers, 3);
    auto const total = rt.submit(task("sum", sum_of).on(on.where()).num_returns<1>(), ref);
    EXPECT_EQ(*rt.get(total), expected_sum(page_numbers, 3));
  });
}

// A span of a fixed size was kept as a value, and its elements were not.
TEST_P(InOut, C21_PutOfASpanOfAFixedSizeCopiesItsElements) {
  on_each_seed(GetParam(), [](world const&, runtime& rt) {
    std::array<std::uint32_t, 4> numbers{1, 2, 3, 4};
    object_ref<chunk> const ref = rt.put(std::span<std::uint32_t const, 4>(numbers));
    numbers.fill(0);
    auto const found = rt.read<std::uint32_t>(ref);
    EXPECT_EQ(std::vector(found.span().begin(), found.span().end()),
              (std::vector<std::uint32_t>{1, 2, 3, 4}));
  });
}

// The task runs, so nothing is stuck: only the time ends the wait.
TEST_P(InOut, C21_GetWithATimeoutThrowsTimedOutAndTheRefIsUnaffected) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::latch go(1);
    auto const body = +[](std::latch* gate) {
      gate->wait();
      return 5;
    };
    auto const ref = rt.submit(task("slow", body).on(on.where()), &go);
    auto const wait = std::chrono::milliseconds(2);
    auto const error = thrown_by<timed_out>([&] { static_cast<void>(rt.get(ref, wait)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->waited(), wait);
    EXPECT_FALSE(ref.settled());
    go.count_down();
    EXPECT_EQ(*rt.get(ref), 5);
    EXPECT_EQ(*rt.get(ref, std::chrono::nanoseconds(0)), 5);
  });
}

// Seen: the end of the longest time of all lay before its begin.
TEST_P(InOut, C21_ATimeoutBehindTheClocksLastMomentIsNone) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    std::latch go(1);
    auto const body = +[](std::latch* gate) {
      gate->wait();
      return 5;
    };
    auto const ref = rt.submit(task("slow", body).on(on.where()), &go);
    std::thread later([&] { go.count_down(); });
    EXPECT_EQ(*rt.get(ref, std::chrono::nanoseconds::max()), 5);
    later.join();
  });
}

// Waits with a time limit while nothing can move but by an answer to the stall: it ends, one way or
// the other, and whoever is dropped meanwhile is gone.
TEST_P(InOut, C21_TimeoutsAndStallsMayComeAtOnce) {
  on_each_seed(GetParam(), ample_memory(GetParam().at), 3, [](world const& on, runtime& rt) {
    census frames;
    auto const full = +[](context, signal gate, resident frame) -> generator<int> {
      resident const local = frame;
      for (int i = 0; i < 3; ++i) co_yield i;
      co_await gate.wait();
    };
    for (int round = 0; round < 30; ++round) {
      signal never;
      auto stream =
          rt.submit(task("full", full).on(on.where()).ahead(window(1, 1)), never, resident(frames));
      try {
        rt.get(never.ref(), std::chrono::microseconds(20 * (round % 10)));
        ADD_FAILURE() << "nobody sets this";
      } catch (timed_out const&) {
      } catch (deadlock_detected const&) {
      }
    }
    frames.until_alive(0);
  });
}

TEST_P(InOut, C21_GetIntoCopiesTheBytesToTheCaller) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const refs =
        rt.submit(task("ramps", ramps).on(on.where()).num_returns(3), page_numbers, 3U, false);
    for (std::size_t i = 0; i < 3; ++i) {
      std::vector<std::uint32_t> found(page_numbers);
      rt.get_into(refs[i], std::as_writable_bytes(std::span(found)));
      std::vector<std::uint32_t> expected(page_numbers);
      std::iota(expected.begin(), expected.end(), first_of(i));
      EXPECT_EQ(found, expected);
    }
    std::vector<std::byte> small(12);
    thrown_by<misuse>([&] { rt.get_into(refs[0], small); });
    EXPECT_EQ(small, std::vector<std::byte>(12));
  });
}

TEST_P(InOut, C21_ASliceSharesItsParentsBytesAndKeepsThem) {
  on_each_seed(GetParam(), [](world const&, runtime& rt) {
    auto const bytes = some_bytes(10'000);
    auto whole = rt.put(std::span<std::byte const>(bytes));
    std::size_t const before = used_bytes(rt);
    auto const part = rt.slice(whole, 1000, 5000);
    auto const inner = rt.slice(part, 10, 100);
    auto const none = rt.slice(whole, 10'000, 0);
    EXPECT_EQ(used_bytes(rt), before);
    whole = {};
    auto const at = [&](std::ptrdiff_t first, std::ptrdiff_t count) {
      return std::vector(bytes.begin() + first, bytes.begin() + first + count);
    };
    EXPECT_EQ(bytes_of(rt, part), at(1000, 5000));
    EXPECT_EQ(bytes_of(rt, inner), at(1010, 100));
    EXPECT_TRUE(bytes_of(rt, none).empty());
    EXPECT_EQ(used_bytes(rt), before);
  });
}

TEST_P(InOut, C21_ASliceMayBeAskedForBeforeTheBytesAreThere) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal go;
    auto const body = +[](context here, signal gate) -> generator<chunk> {
      co_await gate.wait();
      auto made = co_await here.make<std::uint32_t>(page_numbers);
      iota(here, made.view(), first_of(2));
      chunk sealed = std::move(made).seal();
      co_yield std::move(sealed);
    };
    auto whole = rt.submit(task("late", body).on(on.where()).num_returns<1>(), go);
    auto const part = rt.slice(whole, 4 * 100, 4 * 20);
    auto const total = rt.submit(task("sum", sum_of).on(on.where()).num_returns<1>(), part);
    whole = {};
    EXPECT_FALSE(part.settled());
    go.set();
    auto const numbers = rt.read<std::uint32_t>(part);
    ASSERT_EQ(numbers.size(), 20U);
    EXPECT_EQ(numbers.span()[0], first_of(2) + 100);
    EXPECT_EQ(*rt.get(total), 20U * (first_of(2) + 100) + 190U);
  });
}

TEST_P(InOut, C21_ASliceOutsideItsParentOrOfAnErrorCarriesThatError) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const bytes = some_bytes(64);
    auto const whole = rt.put(std::span<std::byte const>(bytes));
    error_of<misuse>(rt, rt.slice(whole, 60, 5));
    error_of<misuse>(rt, rt.slice(whole, 65, 0));
    error_of<misuse>(rt, rt.slice(whole, ~std::size_t{0}, 2));
    auto const failed =
        rt.submit(task("ramps", ramps).on(on.where()).num_returns<1>(), page_numbers, 0U, true);
    auto const error = error_of<task_error>(rt, rt.slice(failed, 0, 4));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "ramps");
  });
}

TEST_P(InOut, C21_AnEmptyRefIsMisuseEverywhere) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    object_ref<chunk> const none;
    std::vector<std::byte> room(4);
    thrown_by<misuse>([&] { static_cast<void>(rt.get(none)); });
    thrown_by<misuse>([&] { rt.get_into(none, room); });
    thrown_by<misuse>([&] { static_cast<void>(rt.slice(none, 0, 1)); });
    thrown_by<misuse>([&] {
      static_cast<void>(rt.submit(task("sum", sum_of).on(on.where()).num_returns<1>(), none));
    });
  });
}

TEST_P(InOut, C21_GetInsideACoroutineBodyIsMisuse) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal go;
    auto const pending = rt.submit(task("waits", waits).on(on.where()).num_returns<1>(), go);
    auto const body = +[](context, runtime* of, object_ref<int> ref) -> generator<int> {
      auto const number = of->get(ref);
      co_yield *number;
    };
    auto const blocked =
        rt.submit(task("blocks", body).on(on.where()).num_returns<1>(), &rt, pending);
    auto const error = error_of<misuse>(rt, blocked);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->task(), "blocks");
    go.set();
    EXPECT_EQ(*rt.get(pending), 5);
  });
}

// More of them than there are workers: each lends its slot while it waits.
TEST_P(InOut, C21_PlainFunctionsMayBlockInGet) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    signal go;
    auto const pending = rt.submit(task("waits", waits).on(on.where()).num_returns<1>(), go);
    auto const body = +[](runtime* of, object_ref<int> ref) { return *of->get(ref) + 1; };
    std::vector<object_ref<int>> refs;
    for (int i = 0; i < 8; ++i)
      refs.push_back(rt.submit(task("blocks", body).on(on.where()), &rt, pending));
    auto const last = rt.submit(task("sets", +[](signal gate) { gate.set(); }).on(on.where()), go);
    rt.get(last);
    for (auto const& ref : refs) EXPECT_EQ(*rt.get(ref), 6);
  });
}

}  // namespace
}  // namespace sluice::test
