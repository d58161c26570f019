// Which visit of which site fails.

#include <sluice/cuda/faults.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <support/places.hpp>

namespace sluice::test {
namespace {

std::vector<fault_site> all_sites() {
  std::vector<fault_site> all;
  for (std::size_t i = 0; i < fault_site_count; ++i) all.push_back(static_cast<fault_site>(i));
  return all;
}

std::string strikes(fault_plan& plan, fault_site site, std::size_t visits) {
  std::string made;
  for (std::size_t i = 0; i < visits; ++i) made += plan.strikes(site) ? 'x' : '.';
  return made;
}

TEST(Faults, EverySiteHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (fault_site const each : all_sites()) names.insert(name_of(each));
  EXPECT_EQ(names.size(), fault_site_count);
  EXPECT_EQ(names.count(""), 0U);
}

TEST(Faults, NothingGoesWrongUntilSomethingIsAskedFor) {
  fault_plan plan;
  for (fault_site const each : all_sites()) EXPECT_EQ(strikes(plan, each, 5), ".....");
}

TEST(Faults, AVisitFailsOnceOrFromThenOn) {
  fault_plan plan;
  plan.fail(fault_site::run_copy, 2);
  plan.fail(fault_site::read_file, 1, true);
  EXPECT_EQ(strikes(plan, fault_site::run_copy, 5), "..x..");
  EXPECT_EQ(strikes(plan, fault_site::read_file, 5), ".xxxx");
  EXPECT_TRUE(plan.is_on(fault_site::run_copy));
  EXPECT_FALSE(plan.is_on(fault_site::run_kernel));
  EXPECT_EQ(plan.visits(fault_site::run_copy), 5U);
  EXPECT_EQ(plan.struck(fault_site::read_file), 4U);
}

TEST(Faults, ASeedSwitchesAQuarterOfTheSitesOnAndEachFailsSomeOfItsVisits) {
  constexpr std::size_t visits = 4000;
  std::size_t on = 0;
  std::size_t all = 0;
  for (std::uint64_t const seed : seeds(40)) {
    SCOPED_TRACE(seed_line(seed));
    fault_plan plan;
    fault_plan same;
    plan.draw(seed);
    same.draw(seed);
    for (fault_site const each : all_sites()) {
      std::string const made = strikes(plan, each, visits);
      EXPECT_EQ(strikes(same, each, visits), made);
      EXPECT_LT(plan.struck(each), visits * 2 / 3);
      if (plan.struck(each) > 0) ++on;
      ++all;
    }
  }
  if (all <= fault_site_count) return;
  EXPECT_GT(on, all / 8);
  EXPECT_LT(on, all * 3 / 8);
}

TEST(Faults, AfterAStopNothingGoesWrong) {
  fault_plan plan;
  plan.fail(fault_site::open_file, 0, true);
  EXPECT_TRUE(plan.strikes(fault_site::open_file));
  plan.stop();
  EXPECT_FALSE(plan.is_on(fault_site::open_file));
  EXPECT_EQ(strikes(plan, fault_site::open_file, 5), ".....");
}

}  // namespace
}  // namespace sluice::test
