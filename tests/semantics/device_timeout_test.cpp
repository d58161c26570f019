// C10, C13: a device that hangs. Who waits for it gets device_timeout after the time that the
// runtime was given, and not before; all else goes on, and the end comes.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/faults.hpp>
#include <sluice/runtime/detail/sim_threads.hpp>
#include <sluice/runtime/runtime.hpp>
#include <support/bodies.hpp>
#include <support/census.hpp>
#include <support/runtimes.hpp>
#include <support/slow_device.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t numbers = 64;

// Devices under real threads and a real clock, or a machine whose time is made up.
struct hanging_world {
  bool simulated_machine = true;
  unsigned workers = 1;

  // Made-up time is free.
  std::chrono::nanoseconds timeout() const { return simulated_machine ? 10s : 50ms; }
};

void PrintTo(hanging_world const& on, std::ostream* out) {
  *out << (on.simulated_machine ? "simulated machine" : "real threads") << ", workers "
       << on.workers;
}

std::vector<hanging_world> hanging_worlds() {
  std::vector<hanging_world> all;
  for (bool const simulated : {true, false})
    for (unsigned const workers : {1U, 2U}) {
      hanging_world each;
      each.simulated_machine = simulated;
      each.workers = workers;
      all.push_back(each);
    }
  return all;
}

std::string hanging_name(testing::TestParamInfo<hanging_world> const& tested) {
  return std::string(tested.param.simulated_machine ? "machine" : "threads") + "_" +
         std::to_string(tested.param.workers) + "w";
}

class DeviceTimeout : public testing::TestWithParam<hanging_world> {
 protected:
  static constexpr std::size_t gpus = 2;

  std::unique_ptr<runtime> open(std::uint64_t seed) const {
    runtime_options options;
    options.workers = GetParam().workers;
    options.device_timeout = GetParam().timeout();
    options.memory.emplace();
    options.memory->device_bytes.assign(gpus, std::size_t{1} << 20);
    options.memory->pinned_bytes = std::size_t{1} << 20;
    options.memory->host_bytes = std::size_t{1} << 20;
    return std::make_unique<runtime>(machine_of(seed), std::move(options));
  }
  // The next kernel or copy that begins hangs.
  void hang_next() { plan->fail(fault_site::hang, plan->visits(fault_site::hang)); }
  std::chrono::nanoseconds now(runtime& rt) const { return rt.world().waits().now(); }

  template <class Body>
  void on_each_seed(Body&& body) {
    std::size_t const count = GetParam().simulated_machine ? 20 : 1;
    for (std::uint64_t const seed : seeds(count)) {
      SCOPED_TRACE(seed_line(seed));
      plan = std::make_shared<fault_plan>();
      auto const rt = open(seed);
      body(*rt);
      rt->shutdown();
      for (location const each : pools_of(*rt))
        EXPECT_LE(rt->store().figures(each).peak_bytes, rt->store().figures(each).limit_bytes);
      if (HasFatalFailure()) return;
    }
  }

  std::shared_ptr<fault_plan> plan;

 private:
  machine machine_of(std::uint64_t seed) const {
    if (GetParam().simulated_machine) {
      simulation_options options(seed);
      options.gpus = gpus;
      options.device_bytes = std::size_t{1} << 20;
      options.faults = plan;
      return machine::simulated(options);
    }
    sim_options device;
    device.seed = seed;
    device.memory_bytes = std::size_t{1} << 20;
    device.faults = plan;
    return machine::with_simulated_devices(std::vector<sim_options>(gpus, device));
  }
};
INSTANTIATE_TEST_SUITE_P(On, DeviceTimeout, testing::ValuesIn(hanging_worlds()), hanging_name);

TEST_P(DeviceTimeout, C10_WhoWaitsIsToldWhichDeviceAndHowLongAndByWhichTask) {
  on_each_seed([&](runtime& rt) {
    hang_next();
    auto const began = now(rt);
    auto const sum = rt.submit(
        task("sum", sum_of).on(gpu(1)).num_returns<1>(),
        rt.submit(task("ramps", ramps).on(cpu).num_returns<1>(), numbers, std::size_t{1}, false));
    auto const met = error_of<device_timeout>(rt, sum);
    ASSERT_TRUE(met);
    EXPECT_GE(now(rt) - began, GetParam().timeout());
    EXPECT_EQ(met->device(), 1);
    EXPECT_GE(met->waited(), GetParam().timeout());
    EXPECT_EQ(met->task(), "sum");
    EXPECT_EQ(met->index(), 0U);
  });
}

TEST_P(DeviceTimeout, C10_TheValuesThatHangCarryItAndTheBodyIsStopped) {
  census frames;
  on_each_seed([&](runtime& rt) {
    auto const endless = +[](context here, resident frame) -> generator<chunk> {
      resident const local = frame;
      for (std::size_t i = 0; i < 10'000; ++i) {
        auto made = co_await here.make<std::uint32_t>(numbers);
        iota(here, made.view(), first_of(i));
        chunk sealed = std::move(made).seal();
        co_yield std::move(sealed);
      }
    };
    auto made = rt.submit(task("endless", endless).on(gpu(0)).ahead(window(1000, 1U << 20)),
                          resident(frames));
    std::optional<object_ref<chunk>> const taken = made.next();
    ASSERT_TRUE(taken);
    object_ref<chunk> const first = *taken;
    expect_ramp(rt, first, numbers, 0);
    hang_next();
    std::vector<object_ref<chunk>> const rest = collect(std::move(made));
    EXPECT_LT(rest.size(), 9'999U) << "the body was not stopped";
    ASSERT_FALSE(rest.empty());
    error_of<device_timeout>(rt, rest.back());
    expect_ramp(rt, first, numbers, 0);  // its bytes are in host memory
  });
  EXPECT_EQ(frames.alive(), 0);
}

TEST_P(DeviceTimeout, C10_LaterWorkFailsAtOnceAndOtherPlacesGoOn) {
  on_each_seed([&](runtime& rt) {
    auto const ramp = task("ramps", ramps).num_returns<1>();
    auto const kept = rt.submit(ramp.on(gpu(0)), numbers, std::size_t{1}, false);
    expect_ramp(rt, kept, numbers, 0);
    hang_next();
    auto const hung = rt.submit(ramp.on(gpu(0)), numbers, std::size_t{1}, false);
    error_of<device_timeout>(rt, hung);

    auto const began = now(rt);
    auto const late = rt.submit(ramp.on(gpu(0)), numbers, std::size_t{1}, false);
    auto const met = error_of<device_timeout>(rt, late);
    ASSERT_TRUE(met);
    EXPECT_EQ(met->task(), "ramps");
    EXPECT_LT(now(rt) - began, GetParam().timeout()) << "it was waited for once more";

    for (sluice::place const where : {gpu(1), cpu}) {
      auto const sum = rt.submit(task("sum", sum_of).on(where).num_returns<1>(), kept);
      EXPECT_EQ(*rt.get(sum), expected_sum(numbers, 0));
      expect_ramp(rt, rt.submit(ramp.on(where), numbers, std::size_t{1}, false), numbers, 0);
    }
  });
}

TEST_P(DeviceTimeout, C13_ShutdownReturnsWhileADeviceHangs) {
  census frames;
  on_each_seed([&](runtime& rt) {
    auto const body = +[](context here, resident frame) -> generator<std::uint32_t> {
      resident const local = frame;
      auto made = co_await here.make<std::uint32_t>(numbers);
      iota(here, made.view(), 0);
      std::uint32_t const found = co_await here.fetch(made);
      co_yield found;
    };
    hang_next();
    auto const ref = rt.submit(task("waits", body).on(gpu(0)).num_returns<1>(), resident(frames));
    rt.shutdown();
    EXPECT_EQ(frames.alive(), 0);
    EXPECT_TRUE(ref.settled());
  });
}

// The copy to the host waits behind a kernel that hangs: nobody may have its memory any more, and
// the accounts say so.
TEST_P(DeviceTimeout, C13_MemoryThatTheDeviceMayStillWriteToStaysTaken) {
  on_each_seed([&](runtime& rt) {
    auto const body = +[](context here) -> generator<std::uint32_t> {
      auto made = co_await here.make<std::uint32_t>(numbers);
      iota(here, made.view(), 0);
      std::uint32_t const found = co_await here.fetch(made);
      co_yield found;
    };
    hang_next();
    auto const ref = rt.submit(task("fetches", body).on(gpu(0)).num_returns<1>());
    error_of<device_timeout>(rt, ref);
    auto const in_host_memory = [&] {
      return rt.store().figures(location(tier::pinned)).used_bytes +
             rt.store().figures(location(tier::host)).used_bytes;
    };
    EXPECT_GT(in_host_memory(), 0U);
    rt.shutdown();
    EXPECT_GT(in_host_memory(), 0U);
  });
}

// A whole machine in made-up time, whose device takes long for each step.
class DeviceTimeoutInTime : public testing::Test {
 protected:
  static constexpr std::chrono::nanoseconds limit = 10s;

  static std::unique_ptr<runtime> open(std::uint64_t seed, std::chrono::nanoseconds step) {
    machine_parts parts;
    parts.seed = seed;
    parts.cores = 2;
    parts.waits = std::make_unique<detail::sim_threads>(seed);
    sim_options device;
    device.seed = seed;
    device.order = sim_order::eager;  // no later than the test says
    device.memory_bytes = std::size_t{1} << 20;
    parts.devices.push_back(std::make_unique<slow_device>(open_sim(device), *parts.waits, step));
    runtime_options options;
    options.device_timeout = limit;
    options.memory.emplace();
    options.memory->device_bytes = {std::size_t{1} << 20};
    options.memory->pinned_bytes = std::size_t{1} << 20;
    options.memory->host_bytes = std::size_t{1} << 20;
    return std::make_unique<runtime>(machine(std::move(parts)), std::move(options));
  }
};

TEST_F(DeviceTimeoutInTime, C10_WorkThatTakesLongInManyStepsIsNotHit) {
  for (std::uint64_t const seed : seeds(10)) {
    SCOPED_TRACE(seed_line(seed));
    auto const rt = open(seed, limit - 100ms);
    auto const refs =
        rt->submit(task("ramps", ramps).on(gpu(0)).num_returns(5), numbers, std::size_t{5}, false);
    for (std::size_t i = 0; i < refs.size(); ++i) expect_ramp(*rt, refs[i], numbers, i);
    EXPECT_GT(rt->world().waits().now(), 4 * limit);
  }
}

TEST_F(DeviceTimeoutInTime, C10_OneStepThatTakesTooLongIsHit) {
  for (std::uint64_t const seed : seeds(10)) {
    SCOPED_TRACE(seed_line(seed));
    auto const rt = open(seed, limit + 2s);
    auto const ref = rt->submit(task("ramps", ramps).on(gpu(0)).num_returns<1>(), numbers,
                                std::size_t{1}, false);
    error_of<device_timeout>(*rt, ref);
    EXPECT_GE(rt->world().waits().now(), limit);
    EXPECT_LT(rt->world().waits().now(), limit + 1s);
  }
}

}  // namespace
}  // namespace sluice::test
