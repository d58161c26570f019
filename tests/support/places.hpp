// The devices that a test runs on: the same test once on the host, on a simulated device and on a
// GPU where there is one.
//
//   class Order : public testing::TestWithParam<place> {};
//   INSTANTIATE_TEST_SUITE_P(On, Order, testing::ValuesIn(places()), place_name);
//   TEST_P(Order, ...) {
//     SLUICE_SKIP_WITHOUT(GetParam());
//     for (std::uint64_t const seed : seeds(GetParam())) {
//       SCOPED_TRACE(seed_line(seed));
//       auto const device = open(GetParam(), seed);
//
//   Errors   a missing GPU is a skipped test with the reason; with SLUICE_REQUIRE_GPU=1 in the
//            environment it is a failed one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/device.hpp>
#include <sluice/cuda/hazards.hpp>

namespace sluice::test {

struct place {
  device_kind kind = device_kind::host;
  int index = 0;

  friend void PrintTo(place const& at, std::ostream* out);
};

std::vector<place> places();         // host, sim, cuda
std::vector<place> device_places();  // sim, cuda: work runs later than the call
std::string place_name(testing::TestParamInfo<place> const& tested);

// Empty when it can be opened here.
std::string reason_to_skip(place const& at);
bool gpu_is_required();

// `memory_bytes` limits a simulated device; others have what they have.
std::unique_ptr<driver> open(place const& at, std::uint64_t seed = 1, trace* log = nullptr,
                             std::size_t memory_bytes = std::size_t{16} << 20);

// For programs that are wrong on purpose: nothing is checked.
std::shared_ptr<hazard_log> unchecked();

// The seeds 1 .. count, or the one of SLUICE_SEED alone.
std::vector<std::uint64_t> seeds(std::size_t count = 20);
// The same where the seed decides something, else one.
std::vector<std::uint64_t> seeds(place const& at, std::size_t count = 20);
std::string seed_line(std::uint64_t seed);

}  // namespace sluice::test

#define SLUICE_SKIP_WITHOUT(at)                                                    \
  if (auto const why = ::sluice::test::reason_to_skip(at); !why.empty()) {         \
    if (::sluice::test::gpu_is_required()) FAIL() << "a GPU is required: " << why; \
    GTEST_SKIP() << why;                                                           \
  }                                                                                \
  static_assert(true)
