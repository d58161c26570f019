// C1, C2: who sets the number of returns, and that the ways of returning mean the same.

#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

class Returns : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Returns, testing::ValuesIn(worlds()), world_name);

int twice(int a) {
  return 2 * a;
}
std::vector<int> powers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count), 1);
  for (std::size_t i = 1; i < all.size(); ++i) all[i] = 2 * all[i - 1];
  return all;
}
std::array<int, 3> three(int first) {
  return {first, first + 1, first + 2};
}
std::tuple<int, std::string> pair_of(int a) {
  return {a, std::to_string(a)};
}
void nothing(signal ran) {
  ran.set();
}

template <class Expected, class Found>
void expect_type(Found const&) {
  static_assert(std::is_same_v<Expected, Found>);
}

TEST_P(Returns, C1_TheCallerChoosesTheKindOfHandleItHolds) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const count = task("counting", counting).on(on.where());
    auto const fixed = rt.submit(count.num_returns<3>(), 3, false);
    expect_type<std::array<object_ref<int>, 3>>(fixed);
    auto const one = rt.submit(count.num_returns<1>(), 1, false);
    expect_type<object_ref<int>>(one);
    auto const none = rt.submit(count.num_returns<0>(), 0, false);
    expect_type<object_ref<void>>(none);
    auto const several = rt.submit(count.num_returns(2), 2, false);
    expect_type<std::vector<object_ref<int>>>(several);
    auto const outer = rt.submit(count.num_returns(dynamic), 4, false);
    expect_type<object_ref<object_ref_generator<int>>>(outer);
    auto stream = rt.submit(count.num_returns(streaming), 5, false);
    expect_type<object_ref_generator<int>>(stream);
    EXPECT_EQ(several.size(), 2U);

    EXPECT_EQ(*rt.get(fixed[0]) + *rt.get(fixed[1]) + *rt.get(fixed[2]), 3);
    EXPECT_EQ(*rt.get(one), 0);
    rt.get(none);
    EXPECT_EQ(*rt.get(several[1]), 1);
    EXPECT_EQ(collect(rt.get(outer)).size(), 4U);
    EXPECT_EQ(collect(std::move(stream)).size(), 5U);
  });
}

TEST_P(Returns, C1_TheDefaultIsOneForAFunctionAndStreamingForAGenerator) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const single = rt.submit(task("twice", twice).on(on.where()), 21);
    expect_type<object_ref<int>>(single);
    EXPECT_EQ(*rt.get(single), 42);
    auto const whole = rt.submit(task("powers", powers).on(on.where()), 4);
    expect_type<object_ref<std::vector<int>>>(whole);
    EXPECT_EQ(*rt.get(whole), (std::vector{1, 2, 4, 8}));
    signal ran;
    auto const done = rt.submit(task("nothing", nothing).on(on.where()), ran);
    expect_type<object_ref<void>>(done);
    rt.get(done);
    EXPECT_TRUE(ran.is_set());
    auto stream = rt.submit(task("counting", counting).on(on.where()), 3, false);
    expect_type<object_ref_generator<int>>(stream);
    EXPECT_EQ(collect(std::move(stream)).size(), 3U);
  });
}

TEST_P(Returns, C1_ACountStaysWhatItIsWhateverOptionsFollow) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const counted = task("counting", counting).num_returns(3);
    auto const placed = rt.submit(counted.on(on.where()), 3, false);
    ASSERT_EQ(placed.size(), 3U);
    EXPECT_EQ(*rt.get(placed[2]), 2);
    auto const ahead = rt.submit(counted.on(on.where()).ahead(window(1, 1)), 3, false);
    ASSERT_EQ(ahead.size(), 3U);
    EXPECT_EQ(*rt.get(ahead[2]), 2);
  });
}

TEST_P(Returns, C2_TuplesArraysVectorsAndGeneratorsMeanTheSame) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const from_vector = rt.submit(task("powers", powers).on(on.where()).num_returns<3>(), 3);
    EXPECT_EQ(*rt.get(from_vector[2]), 4);
    auto const from_array = rt.submit(task("three", three).on(on.where()).num_returns<3>(), 7);
    EXPECT_EQ(*rt.get(from_array[2]), 9);
    auto const counted = rt.submit(task("three", three).on(on.where()).num_returns(3), 7);
    EXPECT_EQ(*rt.get(counted[0]), 7);
    auto const [number, text] = rt.submit(task("pair", pair_of).on(on.where()).num_returns<2>(), 5);
    expect_type<object_ref<std::string>>(text);
    EXPECT_EQ(*rt.get(number), 5);
    EXPECT_EQ(*rt.get(text), "5");
    auto const yielded =
        rt.submit(task("counting", counting).on(on.where()).num_returns<3>(), 3, false);
    EXPECT_EQ(*rt.get(yielded[2]), 2);
  });
}

generator<resident> gated_residents(context, census* of, int count, signal dropped) {
  co_await dropped.wait();
  for (int i = 0; i < count; ++i) {
    resident made(*of, i);
    co_yield std::move(made);
  }
}

// Nobody can name the first values, so only the one being made, and the last, may live.
TEST_P(Returns, C2_AGeneratorHoldsOneValueAtATime) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census values;
    signal dropped;
    auto refs = rt.submit(task("residents", gated_residents).on(on.where()).num_returns(7), &values,
                          7, dropped);
    auto const last = refs.back();
    refs.clear();
    dropped.set();
    EXPECT_EQ(rt.get(last)->mark(), 6);
    EXPECT_EQ(values.made(), 7);
    EXPECT_EQ(values.peak(), 1);
  });
}

// Both phrases of the same submission.
TEST_P(Returns, C2_ACountFixedAtRunTimeMeansTheSameAsOneFixedInTheProgram) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    auto const made = task("ramps", ramps).on(on.where());
    auto const fixed = rt.submit(made.num_returns<2>(), page_numbers, 2U, false);
    auto const counted = rt.submit(made.num_returns(2), page_numbers, 2U, false);
    for (std::size_t i = 0; i < 2; ++i) {
      expect_ramp(rt, fixed[i], page_numbers, i);
      expect_ramp(rt, counted[i], page_numbers, i);
    }
  });
}

}  // namespace
}  // namespace sluice::test
