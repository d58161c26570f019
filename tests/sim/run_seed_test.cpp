// C1 to C17, C21: random programs on the runtime see what the oracle says, end to end.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/generate.hpp>
#include <sim/isolated.hpp>

namespace sluice::test::sim {
namespace {

constexpr unsigned limit_s = 30;

std::uint64_t first_seed() {
  char const* const given = std::getenv("SLUICE_SEED");
  return given == nullptr ? 1000 : std::stoull(given);
}

class Shares {
 public:
  void add(verdict const& met) {
    suspended += met.suspended ? 1U : 0U;
    spilled += met.spilled ? 1U : 0U;
    user_errors += met.met_user_error ? 1U : 0U;
    two_modes += met.modes >= 2 ? 1U : 0U;
    exact += met.exact ? 1U : 0U;
  }

  std::size_t suspended = 0;
  std::size_t spilled = 0;
  std::size_t user_errors = 0;
  std::size_t two_modes = 0;
  std::size_t exact = 0;
};

TEST(RandomPrograms, SeeWhatTheOracleSaysAndLeaveNothingBehind) {
  bool const one = std::getenv("SLUICE_SEED") != nullptr;
  std::size_t const seeds = one ? 1 : 200;
  Shares shares;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds; ++seed) {
    verdict const met = judge_isolated(generate(seed), limit_s);
    EXPECT_FALSE(met.failed) << "SLUICE_SEED=" << seed << ": " << met.failed.text;
    shares.add(met);
  }
  if (one) return;
  EXPECT_GE(shares.suspended, seeds * 20 / 100);
  EXPECT_GE(shares.spilled, seeds * 15 / 100);
  EXPECT_GE(shares.user_errors, seeds * 20 / 100);
  EXPECT_GE(shares.two_modes, seeds * 30 / 100);
  EXPECT_GE(shares.exact, seeds * 30 / 100) << "what is left open is not tested";
}

TEST(RandomPrograms, RunTheSameWayAgainWithTheSameSeed) {
  bool const one = std::getenv("SLUICE_SEED") != nullptr;
  std::size_t const seeds = one ? 1 : 200;
  std::set<std::uint64_t> ways;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds; ++seed) {
    program const all = generate(seed);
    std::uint64_t const way = judge(all).trace_hash;
    EXPECT_EQ(judge(all).trace_hash, way) << "SLUICE_SEED=" << seed;
    ways.insert(way);
  }
  EXPECT_GE(ways.size(), seeds / 2);
}

TEST(RandomPrograms, RunInTheOrderThatIsAskedFor) {
  std::uint64_t const first = first_seed();
  bool const one = std::getenv("SLUICE_SEED") != nullptr;
  std::size_t const seeds = one ? 1 : 20;
  std::size_t different = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    program const all = generate(seed);
    std::set<std::uint64_t> ways;
    for (std::size_t i = 0; i < sim_order_count; ++i) {
      auto const order = static_cast<sim_order>(i);
      verdict const met = judge(all, order);
      EXPECT_FALSE(met.failed) << "SLUICE_SEED=" << seed << ", " << name_of(order) << ": "
                               << met.failed.text;
      EXPECT_EQ(judge_isolated(all, limit_s, order).trace_hash, met.trace_hash);
      ways.insert(met.trace_hash);
    }
    different += ways.size();
  }
  if (one) return;
  RecordProperty("different_ways", static_cast<int>(different));
  EXPECT_GE(different, 3 * seeds);
}

// Would a run notice? A program that is not the one the oracle was asked about.
TEST(RandomPrograms, ADeadProcessAndAHangAreFailures) {
  program const endless = parse(R"(program 1
task t0 bytes single generator any
  yield fill 1 1
main
  submit t0
  get t0.0
)");
  EXPECT_FALSE(judge_isolated(endless, limit_s).failed);
  program broken = endless;
  broken.tasks.clear();  // submits what is not there: the child dies
  EXPECT_EQ(judge_isolated(broken, limit_s).failed.rule, "crash");
}

}  // namespace
}  // namespace sluice::test::sim
