// C3: dependents start at each value; nobody waits for the task to end. The producers here cannot
// take their second step before the body of chunk 0's consumer has run.

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/runtimes.hpp>
#include <support/signal.hpp>

namespace sluice::test {
namespace {

// Where producer and consumer run, on a machine with one device or none.
enum class route { cpu_to_cpu, device_to_device, cpu_to_device, device_to_cpu };

struct trip {
  world on;
  route way = route::cpu_to_cpu;

  sluice::place producer() const {
    return way == route::cpu_to_cpu || way == route::cpu_to_device ? cpu : gpu(0);
  }
  sluice::place consumer() const {
    return way == route::cpu_to_cpu || way == route::device_to_cpu ? cpu : gpu(0);
  }
  friend void PrintTo(trip const& taken, std::ostream* out) { PrintTo(taken.on, out); }
};

std::vector<trip> trips() {
  std::vector<trip> all;
  for (world const& on : worlds()) {
    bool const host = on.at.kind == device_kind::host;
    if (host) all.push_back({on, route::cpu_to_cpu});
    if (!host)
      for (route way : {route::device_to_device, route::cpu_to_device, route::device_to_cpu})
        all.push_back({on, way});
  }
  return all;
}

std::string trip_name(testing::TestParamInfo<trip> const& tested) {
  std::string const names[] = {"cpu_to_cpu", "device_to_device", "cpu_to_device", "device_to_cpu"};
  return std::string(name_of(tested.param.on.at.kind)) + "_" +
         std::to_string(tested.param.on.workers) + "w_" +
         names[static_cast<std::size_t>(tested.param.way)];
}

class Readiness : public testing::TestWithParam<trip> {};
INSTANTIATE_TEST_SUITE_P(On, Readiness, testing::ValuesIn(trips()), trip_name);

generator<chunk> gated(context here, signal first_used, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 1) co_await first_used.wait();
    auto made = co_await here.make<std::uint32_t>(page_numbers);
    iota(here, made.view(), first_of(i));
    chunk sealed = std::move(made).seal();
    co_yield std::move(sealed);
  }
}

// A plain function, which starts once its chunk can be read at its place.
bool use(context, reading<std::uint32_t> numbers, signal used) {
  used.set();
  return numbers.size() == page_numbers;
}

template <class Refs>
void check_static(trip const& way, runtime& rt, Refs const& refs, signal const& used) {
  auto const done = rt.submit(task("use", use).on(way.consumer()), refs[0], used);
  for (std::size_t i = 0; i < refs.size(); ++i) expect_ramp(rt, refs[i], page_numbers, i);
  EXPECT_TRUE(*rt.get(done));
}

TEST_P(Readiness, C3_AConsumerOfChunk0RunsBeforeChunk1WithTwoStaticReturns) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto const produce = task("gated", gated).on(GetParam().producer());
    check_static(GetParam(), rt, rt.submit(produce.num_returns<2>(), used, 2U), used);
  });
}

TEST_P(Readiness, C3_AConsumerOfChunk0RunsBeforeChunk1WithSevenStaticReturns) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto const produce = task("gated", gated).on(GetParam().producer());
    check_static(GetParam(), rt, rt.submit(produce.num_returns(7), used, 7U), used);
  });
}

TEST_P(Readiness, C3_AConsumerOfChunk0RunsBeforeChunk1OfAStream) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto chunks = rt.submit(task("gated", gated).on(GetParam().producer()), used, 7U);
    std::vector<object_ref<bool>> done;
    std::size_t index = 0;
    for (auto const& ref : chunks) {
      done.push_back(rt.submit(task("use", use).on(GetParam().consumer()), ref, used));
      expect_ramp(rt, ref, page_numbers, index++);
    }
    EXPECT_EQ(index, 7U);
    for (auto const& ref : done) EXPECT_TRUE(*rt.get(ref));
  });
}

// Walks a sequence at its own place and sets `used` in its body, with chunk 0 open there.
generator<std::uint64_t> walk(context here, object_ref_generator<chunk> chunks, signal used) {
  std::uint64_t total = 0;
  while (auto ref = co_await chunks.next()) {
    auto const held = co_await here.get(*ref);
    auto const numbers = co_await here.read<std::uint32_t>(*held);
    used.set();
    auto made = co_await here.make<std::uint64_t>(1);
    auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
    sum(here.with(scratch.update()), numbers.view(), made.view());
    total += co_await here.fetch(made);
  }
  co_yield total;
}

std::uint64_t expected_total(std::size_t count) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += expected_sum(page_numbers, i);
  return total;
}

TEST_P(Readiness, C3_ATaskThatWalksAStreamUsesChunk0BeforeChunk1) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto const total =
        rt.submit(task("walk", walk).on(GetParam().consumer()).num_returns<1>(),
                  rt.submit(task("gated", gated).on(GetParam().producer()), used, 7U), used);
    EXPECT_EQ(*rt.get(total), expected_total(7));
  });
}

TEST_P(Readiness, C3_ATaskWithAGrowingParameterUsesChunk0BeforeChunk1) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto const outer =
        rt.submit(task("gated", gated).on(GetParam().producer()).num_returns(dynamic), used, 7U);
    auto const total =
        rt.submit(task("walk", walk).on(GetParam().consumer()).num_returns<1>(), outer, used);
    EXPECT_EQ(*rt.get(total), expected_total(7));
    EXPECT_EQ(collect(rt.get(outer)).size(), 7U);
  });
}

generator<int> held_back(context, signal yielded_all, signal go, int count) {
  for (int i = 0; i < count; ++i) co_yield i;
  yielded_all.set();
  co_await go.wait();
}

// The one exception to C3: the body could still yield one too many, or throw.
TEST_P(Readiness, C4_TheLastStaticValueIsPublishedWhenTheBodyHasEnded) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal yielded_all;
    signal go;
    auto const refs = rt.submit(
        task("held back", held_back).on(GetParam().producer()).num_returns(3), yielded_all, go, 3);
    rt.get(yielded_all.ref());
    EXPECT_EQ(*rt.get(refs[0]), 0);
    EXPECT_EQ(*rt.get(refs[1]), 1);
    EXPECT_FALSE(refs[2].settled());
    go.set();
    EXPECT_EQ(*rt.get(refs[2]), 2);
  });
}

// A body that ends does not hold its values back from those who wait inside other bodies.
TEST_P(Readiness, C3_ABodyThatAwaitsARefGoesOnAtThatValue) {
  on_each_seed(GetParam().on, [](world const&, runtime& rt) {
    signal used;
    auto const refs =
        rt.submit(task("gated", gated).on(GetParam().producer()).num_returns(3), used, 3U);
    auto const body = +[](context here, object_ref<chunk> ref, signal done) -> generator<bool> {
      auto const held = co_await here.get(ref);
      auto const numbers = co_await here.read<std::uint32_t>(*held);
      bool const right = numbers.size() == page_numbers;
      done.set();
      co_yield right;
    };
    auto const seen =
        rt.submit(task("awaits", body).on(GetParam().consumer()).num_returns<1>(), refs[0], used);
    EXPECT_TRUE(*rt.get(seen));
    expect_ramp(rt, refs[2], page_numbers, 2);
  });
}

}  // namespace
}  // namespace sluice::test
