// The runtimes that a test of meaning runs on: every place, with one worker and with two.
//
//   class Streams : public testing::TestWithParam<world> {};
//   INSTANTIATE_TEST_SUITE_P(On, Streams, testing::ValuesIn(worlds()), world_name);
//   TEST_P(Streams, C6_...) {
//     on_each_seed(GetParam(), [](world const& on, runtime& rt) { ... });
//   }
//
//   Units    bytes.
//   Owner    each call of the body has a runtime of its own, shut down and checked after it.
//   Errors   bytes that are not given back fail the test; see places.hpp for a missing GPU.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/runtime/runtime.hpp>
#include <support/places.hpp>

namespace sluice::test {

struct world {
  place at;
  unsigned workers = 1;
  std::uint64_t seed = 1;

  // Where bodies of this world run.
  sluice::place where() const { return at.kind == device_kind::host ? cpu : gpu(0); }
  friend void PrintTo(world const& on, std::ostream* out) {
    PrintTo(on.at, out);
    *out << ", workers " << on.workers;
  }
};

inline std::vector<world> worlds() {
  std::vector<world> all;
  for (place const& at : places())
    for (unsigned workers : {1U, 2U}) {
      world each;
      each.at = at;
      each.workers = workers;
      all.push_back(each);
    }
  return all;
}

inline std::string world_name(testing::TestParamInfo<world> const& tested) {
  return std::string(name_of(tested.param.at.kind)) + "_" + std::to_string(tested.param.workers) +
         "w";
}

// Small enough that a machine with little memory runs the tests, large enough not to matter.
inline store_options ample_memory(place const& at) {
  store_options memory;
  memory.host_bytes = std::size_t{64} << 20;
  memory.disk_bytes = std::size_t{64} << 20;
  if (at.kind == device_kind::host) return memory;
  memory.pinned_bytes = std::size_t{16} << 20;
  memory.device_bytes = {std::size_t{16} << 20};
  return memory;
}

// Every tier but the disk holds a few chunks of this size.
inline store_options tight_memory(place const& at, std::size_t chunk_bytes,
                                  std::size_t chunks = 4) {
  store_options memory = ample_memory(at);
  memory.host_bytes = chunks * chunk_bytes;
  if (at.kind == device_kind::host) return memory;
  memory.pinned_bytes = chunks * chunk_bytes;
  memory.device_bytes = {chunks * chunk_bytes};
  return memory;
}

inline std::unique_ptr<runtime> runtime_on(world const& on, store_options memory,
                                           trace* log = nullptr) {
  machine_parts parts;
  parts.seed = on.seed;
  parts.log = log;
  if (on.at.kind == device_kind::host)
    parts.no_device_reason = "this test wants none";
  else
    parts.devices.push_back(open(on.at, on.seed, log, std::size_t{64} << 20));
  runtime_options options;
  options.workers = on.workers;
  options.memory = std::move(memory);
  return std::make_unique<runtime>(machine(std::move(parts)), std::move(options));
}

inline std::unique_ptr<runtime> runtime_on(world const& on) {
  return runtime_on(on, ample_memory(on.at));
}

inline std::vector<location> pools_of(runtime& rt) {
  std::vector<location> all{location(tier::pinned), location(tier::host), location(tier::disk)};
  for (std::size_t i = 0; i < rt.world().device_count(); ++i)
    all.emplace_back(tier::device, static_cast<int>(i));
  return all;
}

inline std::size_t used_bytes(runtime& rt) {
  std::size_t used = 0;
  for (location const each : pools_of(rt)) used += rt.store().figures(each).used_bytes;
  return used;
}

// Gives threads on other cores time to do what they must not do. No test needs it to pass.
inline void linger() {
  std::atomic<int> turns{0};
  while (turns.fetch_add(1) < 20'000) {
  }
}

// Memory that a device still reads is charged until it is done; asking lets a simulated one go on.
inline void expect_given_back(runtime& rt) {
  constexpr int asks_max = 1'000'000;
  for (int asks = 0; used_bytes(rt) != 0 && asks < asks_max; ++asks) std::this_thread::yield();
  for (location const each : pools_of(rt)) {
    pool_figures const found = rt.store().figures(each);
    EXPECT_EQ(found.used_bytes, 0U) << name_of(each) << ": not given back";
    EXPECT_LE(found.peak_bytes, found.limit_bytes) << name_of(each) << ": above its limit";
  }
}

// Runs `body(world, runtime)` once per seed where seeds matter. No ref may outlive the body.
template <class Body>
void on_each_seed(world on, store_options const& memory, std::size_t count, Body&& body) {
  SLUICE_SKIP_WITHOUT(on.at);
  for (std::uint64_t const seed : seeds(on.at, count)) {
    SCOPED_TRACE(seed_line(seed));
    on.seed = seed;
    auto const rt = runtime_on(on, memory);
    body(std::as_const(on), *rt);
    rt->shutdown();
    expect_given_back(*rt);
    if (testing::Test::HasFatalFailure()) return;
  }
}

template <class Body>
void on_each_seed(world const& on, Body&& body) {
  on_each_seed(on, ample_memory(on.at), 5, std::forward<Body>(body));
}

}  // namespace sluice::test
