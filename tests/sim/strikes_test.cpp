// Errors have to come from faults that struck.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/strikes.hpp>

namespace sluice::test::sim {
namespace {

program two_tasks() {
  return parse(R"(program 1
gpus 1
faults safety
task t0 bytes fixed 1 generator gpu0
  yield count 4 5
task t1 bytes fixed 1 generator gpu0
  yield count 4 5
task t2 bytes fixed 1 generator gpu0
  in value t0.0
  yield add 0 5
main
  submit t0
  submit t1
  submit t2
  get t0.0
  get t1.0
  get t2.0
)");
}

observation an_error(std::string kind, std::string task) {
  observation made;
  made.what = sight::failed;
  made.error.kind = std::move(kind);
  made.error.task = std::move(task);
  return made;
}

fault_counts struck(fault_site where, std::uint64_t times) {
  fault_counts made;
  made.struck[static_cast<std::size_t>(where)] = times;
  return made;
}

std::string rule(fault_counts const& faults, std::vector<observation> errors) {
  std::vector<observation> saw(3);
  saw.insert(saw.end(), errors.begin(), errors.end());
  return unexplained(two_tasks(), faults, saw).rule;
}

TEST(Strikes, AnErrorOfAnotherSortThanItsFaultIsADifference) {
  EXPECT_EQ(rule(struck(fault_site::lose_device, 1), {an_error("device_lost", "t0")}), "");
  EXPECT_EQ(rule(struck(fault_site::lose_device, 1), {an_error("device_error", "t0")}),
            "unexplained: device_error");
  EXPECT_EQ(rule(struck(fault_site::write_file, 1), {an_error("corruption", "")}),
            "unexplained: corruption");
}

// C8: a fault hits one task.
TEST(Strikes, MoreTasksThanFaultsIsADifference) {
  std::vector<observation> const both = {an_error("device_error", "t0"),
                                         an_error("device_error", "t1")};
  EXPECT_EQ(rule(struck(fault_site::run_kernel, 2), both), "");
  EXPECT_EQ(rule(struck(fault_site::run_kernel, 1), both), "more tasks than faults");
}

TEST(Strikes, WhatDependsOnATaskThatWasHitIsHitByTheSameFault) {
  EXPECT_EQ(rule(struck(fault_site::run_kernel, 1),
                 {an_error("device_error", "t0"), observation(), an_error("device_error", "t2")}),
            "");
}

TEST(Strikes, ACallThatDoesLessThanAskedForIsNoFault) {
  EXPECT_FALSE(any_struck(struck(fault_site::short_write, 1)));
  EXPECT_FALSE(any_struck(struck(fault_site::short_read, 1)));
  EXPECT_TRUE(any_struck(struck(fault_site::flip_bit, 1)));
}

}  // namespace
}  // namespace sluice::test::sim
