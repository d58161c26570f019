// C16, C17: where a task runs and why, and that it means the same there.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>

namespace sluice::test {
namespace {

class Places : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Places, testing::ValuesIn(worlds()), world_name);

generator<bool> on_a_device(context here) {
  bool const device =
      here.where().which() == sluice::place::kind::gpu && here.where().device() == 0;
  co_yield device;
}

generator<int> one(context) {
  co_yield 1;
}
generator<int> two(context) {
  co_yield 2;
}

task_figures figures_of(runtime& rt, std::string const& name) {
  for (task_figures const& each : rt.figures())
    if (each.task == name) return each;
  ADD_FAILURE() << "no figures of " << name;
  return {};
}

TEST_P(Places, C16_AnyIsAGpuIfThereIsOneElseTheCpuWithTheReason) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    bool const device = on.at.kind != device_kind::host;
    auto const found = rt.submit(task("where", on_a_device).num_returns<1>());
    EXPECT_EQ(*rt.get(found), device);
    auto const figures = figures_of(rt, "where");
    EXPECT_EQ(figures.where, on.where());
    EXPECT_EQ(figures.tasks, 1U);
    EXPECT_EQ(figures.values, 1U);
    if (device)
      EXPECT_EQ(figures.reason, "there is a device");
    else
      EXPECT_EQ(figures.reason, "no device: this test wants none");
  });
}

TEST_P(Places, C16_AnyTakesTheBodyOfThePlaceAndSaysWhichWasMissing) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    bool const device = on.at.kind != device_kind::host;
    auto const both = task("both").cpu(one).gpu(two).num_returns<1>();
    EXPECT_EQ(*rt.get(rt.submit(both)), device ? 2 : 1);
    EXPECT_EQ(*rt.get(rt.submit(both.on(cpu))), 1);
    auto const only_cpu = task("only cpu").cpu(one).num_returns<1>();
    EXPECT_EQ(*rt.get(rt.submit(only_cpu)), 1);
    EXPECT_EQ(figures_of(rt, "only cpu").where, cpu);
    EXPECT_EQ(figures_of(rt, "only cpu").reason, "no body for gpu");
  });
}

TEST_P(Places, C16_APlaceWithoutABodyIsMisuseAtSubmission) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    thrown_by<misuse>([&] {
      static_cast<void>(rt.submit(task("only cpu").cpu(one).num_returns<1>().on(gpu(0))));
    });
    thrown_by<misuse>(
        [&] { static_cast<void>(rt.submit(task("only gpu").gpu(two).num_returns<1>().on(cpu))); });
    auto const only_gpu = task("only gpu").gpu(two).num_returns<1>();
    if (on.at.kind == device_kind::host)
      thrown_by<misuse>([&] { static_cast<void>(rt.submit(only_gpu)); });
    else
      EXPECT_EQ(*rt.get(rt.submit(only_gpu)), 2);
  });
}

TEST_P(Places, C16_AGpuThatIsNotThereIsRefusedAtSubmissionAndNothingIsCreated) {
  on_each_seed(GetParam(), [](world const& on, runtime& rt) {
    census arguments;
    auto const body = +[](resident const& held) { return held.mark(); };
    int const missing = on.at.kind == device_kind::host ? 0 : 1;
    resident const given(arguments, 7);
    for (int index : {missing, 17, -1}) {
      auto const error = thrown_by<device_unavailable>(
          [&] { static_cast<void>(rt.submit(task("body", body).on(gpu(index)), given)); });
      ASSERT_TRUE(error);
      EXPECT_NE(std::string(error->what()).find("gpu " + std::to_string(index)), std::string::npos)
          << error->what();
    }
    EXPECT_EQ(arguments.made(), 1);
    EXPECT_TRUE(rt.figures().empty());
  });
}

// Reads each chunk while the next ones are being made.
generator<std::uint64_t> sums_of(context here, object_ref_generator<chunk> from) {
  while (auto ref = co_await from.next()) {
    auto const held = co_await here.get(*ref);
    auto const numbers = co_await here.read<std::uint32_t>(*held);
    auto total = co_await here.make<std::uint64_t>(1);
    auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
    sum(here.with(scratch.update()), numbers.view(), total.view());
    std::uint64_t const found = co_await here.fetch(total);
    co_yield found;
  }
}

// The whole of a small pipeline, as text: values, errors, kinds, indices.
std::string transcript(runtime& rt, sluice::place where) {
  std::string text;
  auto const note = [&](auto const& call) {
    try {
      text += call();
    } catch (error const& met) {
      text += std::string(name_of(met.kind())) + "@" + met.task() + "#" +
              (met.index() ? std::to_string(*met.index()) : "-");
    }
    text += "\n";
  };
  auto const note_chunk = [&](object_ref<chunk> const& ref) {
    note([&] {
      auto const found = rt.read<std::uint32_t>(ref);
      std::string numbers;
      for (std::uint32_t const each : found.span()) numbers += std::to_string(each) + " ";
      return numbers;
    });
  };
  auto const ramp = task("ramps", ramps).on(where);
  for (bool const fails : {false, true})
    for (std::size_t const made : {0U, 2U, 5U}) {
      for (auto const& ref : rt.submit(ramp.num_returns(3), page_numbers, made, fails))
        note_chunk(ref);
      for (auto const& ref : rt.submit(ramp, page_numbers, made, fails)) note_chunk(ref);
      // More than the window holds, so that both run at the same time.
      auto long_ramp = rt.submit(ramp, page_numbers, made + 20, fails);
      for (auto const& ref : rt.submit(task("sums", sums_of).on(where), std::move(long_ramp)))
        note([&] { return std::to_string(*rt.get(ref)); });
      auto const outer = rt.submit(ramp.num_returns(dynamic), page_numbers, made, fails);
      note([&] { return std::to_string(collect(rt.get(outer)).size()); });
      for (auto const& ref : rt.yielded(outer)) {
        auto const total = rt.submit(task("sum", sum_of).on(where).num_returns<1>(), ref);
        note([&] { return std::to_string(*rt.get(total)); });
      }
    }
  return text;
}

TEST_P(Places, C17_EqualBitsOrderKindsAndIndicesAsOnTheCpu) {
  std::string expected;
  {
    world const plain;
    auto const rt = runtime_on(plain);
    expected = transcript(*rt, cpu);
  }
  EXPECT_GT(expected.size(), 1000U);
  for (bool const tight : {false, true}) {
    auto const memory =
        tight ? tight_memory(GetParam().at, page_numbers * 4, 12) : ample_memory(GetParam().at);
    on_each_seed(GetParam(), memory, 20, [&](world const& on, runtime& rt) {
      EXPECT_EQ(transcript(rt, on.where()), expected);
    });
  }
}

}  // namespace
}  // namespace sluice::test
