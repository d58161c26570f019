// What docs/simulation.md shows: a test of somebody's own pipeline, here with GoogleTest. A stream
// of ramps is summed, at every place and with a hundred seeds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <sluice/kernels/iota.hpp>
#include <sluice/kernels/sum.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/testing.hpp>

namespace {

constexpr std::uint32_t numbers = 64;

sluice::generator<sluice::chunk> ramps(sluice::context here, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    auto values = co_await here.make<std::uint32_t>(numbers);
    sluice::iota(here, values.view(), i);
    co_yield std::move(values).seal();
  }
}

sluice::generator<std::uint64_t> total(sluice::context here,
                                       sluice::object_ref_generator<sluice::chunk> from) {
  std::uint64_t sum = 0;
  while (auto const ref = co_await from.next()) {
    auto const held = co_await here.get(*ref);
    auto const values = co_await here.read<std::uint32_t>(*held);
    auto scratch = co_await here.make<std::byte>(sluice::sum_workspace_bytes(numbers));
    auto part = co_await here.make<std::uint64_t>(1);
    sluice::sum(here.with(scratch.update()), values.view(), part.view());
    sum += co_await here.fetch(part);
  }
  co_yield sum;
}

class Pipeline : public testing::TestWithParam<sluice::device_kind> {};
INSTANTIATE_TEST_SUITE_P(On, Pipeline, testing::ValuesIn(sluice::places()),
                         [](auto const& at) { return std::string(name_of(at.param)); });

TEST_P(Pipeline, SumsItsRamps) {
  if (auto const why = reason_to_skip(GetParam()); !why.empty()) GTEST_SKIP() << why;
  sluice::seed_options options;
  options.machine.device_bytes = 4096;  // room for a few chunks
  options.has_failed = [] { return HasFailure(); };
  auto const test = [](sluice::tested_machine& on) {
    sluice::runtime rt(on.open(), {});
    auto stream = rt.submit(sluice::task("ramps", ramps).on(on.where()), 20U);
    auto const sum =
        rt.submit(sluice::task("total", total).on(on.where()).num_returns<1>(), std::move(stream));
    EXPECT_EQ(*rt.get(sum), 20 * (63 * 64 / 2) + 64 * (19 * 20 / 2));
  };
  sluice::for_each_seed(GetParam(), 100, test, options);
}

}  // namespace
