// What counts as a difference: everything, unless the contract leaves it open.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sim/compare.hpp>

namespace sluice::test::sim {
namespace {

program two_numbers() {
  return parse(R"(program 1
task t0 number stream 8 100 generator any
  yield count 4 5
  yield count 4 6
main
  submit t0
  cancel t0
  next t0
  next t0
  get t0.0
  get t0.1
  get t0.0
)");
}

observation a(sight what, std::uint64_t number = 0) {
  observation made;
  made.what = what;
  made.number = number;
  return made;
}
observation an_error(std::string kind, std::string task, std::size_t index) {
  observation made = a(sight::failed);
  made.error.kind = std::move(kind);
  made.error.task = std::move(task);
  made.error.index = index;
  return made;
}

std::vector<observation> as_predicted() {
  return {a(sight::nothing),  a(sight::nothing),  a(sight::item),    a(sight::item),
          a(sight::value, 5), a(sight::value, 6), a(sight::value, 5)};
}

std::string rule(program const& all, std::vector<observation> const& saw) {
  return compare(all, predict(all), saw).rule;
}

TEST(Compare, WhatIsPredictedIsNoDifference) {
  EXPECT_EQ(rule(two_numbers(), as_predicted()), "");
}

TEST(Compare, C15_AnErrorOfMemoryInATaskThatHasEnoughIsADifference) {
  program all = two_numbers();
  all.memory.how = limits::given::bytes;
  auto saw = as_predicted();
  saw[5] = an_error("out_of_memory", "t0", 1);
  EXPECT_EQ(rule(all, saw), "");
  prediction must = predict(all);
  must.safe.insert("t0");
  EXPECT_EQ(compare(all, must, saw).rule, "a value: out_of_memory");
}

TEST(Compare, AnotherValueIsADifferenceAndIsToldWithItsStep) {
  auto saw = as_predicted();
  saw[5].number = 7;
  difference const found = compare(two_numbers(), predict(two_numbers()), saw);
  EXPECT_EQ(found.rule, "a value: a value");
  EXPECT_EQ(found.text, "step 5 (get t0.1): must see a value 6, or cancelled of t0; saw a value 7");
}

TEST(Compare, C12_ACancelMayComeFirst) {
  auto saw = as_predicted();
  saw[5] = an_error("cancelled", "t0", 1);
  EXPECT_EQ(rule(two_numbers(), saw), "");
}

TEST(Compare, C12_NoValueStandsBehindACancel) {
  auto saw = as_predicted();
  saw[4] = saw[6] = an_error("cancelled", "t0", 0);
  EXPECT_EQ(rule(two_numbers(), saw), "behind a cancel");
}

TEST(Compare, C12_ACancelHasOneOutcome) {
  auto saw = as_predicted();
  saw[4] = saw[6] = an_error("cancelled", "t0", 0);
  saw[5] = an_error("cancelled", "t0", 1);
  EXPECT_EQ(rule(two_numbers(), saw), "two cancels");
}

TEST(Compare, C12_OfATaskThatNobodyCancelledItIsADifference) {
  program all = two_numbers();
  all.steps[1].what = doing::release;
  auto saw = as_predicted();
  saw[5] = an_error("cancelled", "t0", 1);
  EXPECT_EQ(rule(all, saw), "a value: cancelled");
}

TEST(Compare, C9_EveryGetOfARefSeesTheSame) {
  auto saw = as_predicted();
  saw[3] = a(sight::end);
  saw[5] = a(sight::absent);
  saw[6] = an_error("cancelled", "t0", 0);
  EXPECT_EQ(rule(two_numbers(), saw), "changed");
}

TEST(Compare, AStreamThatEndsEarlyHasAnErrorSomewhere) {
  program all = two_numbers();
  all.faults = going_wrong::safety;
  auto saw = as_predicted();
  saw[3] = a(sight::end);
  saw[5] = a(sight::absent);
  EXPECT_EQ(rule(all, saw), "ended without an error");
  saw[4] = saw[6] = an_error("device_lost", "t0", 0);
  EXPECT_EQ(rule(all, saw), "");
}

TEST(Compare, C5_AnOuterRefThatIsSettledWellHasAllValues) {
  program const all = parse(R"(program 1
faults safety
task t0 number dynamic generator any
  yield count 4 5
  yield count 4 6
main
  submit t0
  open t0
  yielded t0
)");
  std::vector<observation> saw{a(sight::nothing), a(sight::count, 2), a(sight::count, 2)};
  EXPECT_EQ(rule(all, saw), "");
  saw[1] = an_error("device_error", "t0", 1);
  saw[2].number = 1;
  EXPECT_EQ(rule(all, saw), "");
  saw[1] = a(sight::count, 1);
  EXPECT_EQ(rule(all, saw), "a count: a count");
}

TEST(Compare, C15_AnErrorOfMemoryIsADifferenceUnlessThereIsTooLittle) {
  program all = two_numbers();
  auto saw = as_predicted();
  saw[5] = an_error("out_of_memory", "t0", 1);
  EXPECT_EQ(rule(all, saw), "a value: out_of_memory");
  all.memory.how = limits::given::bytes;
  all.memory.host = 1;
  EXPECT_EQ(rule(all, saw), "");
  saw[5] = an_error("task_error", "t0", 1);
  EXPECT_EQ(rule(all, saw), "a value: task_error");
}

TEST(Compare, UnderFaultsTheirErrorsAreNoDifferenceAndAnotherValueIs) {
  program all = two_numbers();
  for (char const* const kind : {"device_error", "device_lost", "device_timeout", "io_error",
                                 "corruption", "out_of_disk", "bad_alloc"}) {
    auto saw = as_predicted();
    saw[5] = an_error(kind, "t0", 1);
    all.faults = going_wrong::nothing;
    EXPECT_EQ(rule(all, saw), std::string("a value: ") + kind);
    all.faults = going_wrong::safety;
    EXPECT_EQ(rule(all, saw), "");
  }
  auto saw = as_predicted();
  saw[5].number = 7;
  EXPECT_EQ(rule(all, saw), "a value: a value");
  saw[5] = an_error("internal_error", "t0", 1);
  EXPECT_EQ(rule(all, saw), "a value: internal_error");
}

TEST(Compare, AWaitMayTakeTooLongAndMeetsNoOtherErrorThanAGet) {
  program const all = parse(R"(program 1
task t0 number fixed 1 generator any
  yield count 4 5
main
  submit t0
  wait t0.0 20
  get t0.0
)");
  std::vector<observation> saw{a(sight::nothing), a(sight::nothing), a(sight::value, 5)};
  EXPECT_EQ(rule(all, saw), "");
  saw[1] = an_error("deadlock_detected", "t0", 0);
  EXPECT_EQ(rule(all, saw), "a value: deadlock_detected");
}

// An error may take an item's place, and be given to a task that is not there otherwise.
TEST(Compare, WhereNothingIsExpectedOnlyErrorsOfTasksBehindItMayBe) {
  program const all = parse(R"(program 1
faults safety
task t0 number stream 8 100 generator any
  yield count 4 5
  throw
task t1 number fixed 1 generator any
  in value t0.2
  yield count 4 5
main
  submit t0
  submit t1
  get t1.0
)");
  std::vector<observation> saw{a(sight::nothing), a(sight::absent), a(sight::absent)};
  EXPECT_EQ(rule(all, saw), "");
  saw[2] = an_error("task_error", "t0", 1);
  EXPECT_EQ(rule(all, saw), "");
  saw[2] = an_error("wrong_return_count", "t1", 1);
  EXPECT_EQ(rule(all, saw), "");
  for (char const* const kind : {"task_error", "misuse", "device_unavailable"}) {
    saw[2] = an_error(kind, "t1", 0);
    EXPECT_EQ(rule(all, saw), std::string("absent: ") + kind);
  }
}

TEST(Compare, C12_TasksOfOneNameHaveNoMoreCancelsThanThereAreOfThem) {
  program const all = parse(R"(program 1
task t0 number fixed 3 generator any as same
  yield count 4 5
  yield count 4 6
  yield count 4 7
task t1 number fixed 3 generator any as same
  yield count 4 5
main
  submit t0
  submit t1
  cancel t0
  cancel t1
  get t0.0
  get t0.1
  get t1.0
)");
  auto saw = std::vector<observation>(4, a(sight::nothing));
  saw.push_back(an_error("cancelled", "same", 0));
  saw.push_back(an_error("cancelled", "same", 0));
  saw.push_back(an_error("cancelled", "same", 1));
  EXPECT_EQ(rule(all, saw), "");
  saw[5].error.index = 2;
  EXPECT_EQ(rule(all, saw), "two cancels");
}

TEST(Compare, AnErrorIsComparedWithItsTaskItsIndexAndItsCounts) {
  program const all = parse(R"(program 1
task t0 number fixed 2 generator any
  yield count 4 5
main
  submit t0
  get t0.1
)");
  std::vector<observation> saw{a(sight::nothing), an_error("wrong_return_count", "t0", 1)};
  saw[1].error.expected = 2;
  saw[1].error.got = 1;
  EXPECT_EQ(rule(all, saw), "");
  for (auto const change : {+[](failure& e) { e.task = "t1"; }, +[](failure& e) { e.index = 0; },
                            +[](failure& e) { e.got = 0; }, +[](failure& e) { e.expected = 3; }}) {
    auto other = saw;
    change(other[1].error);
    EXPECT_EQ(rule(all, other), "wrong_return_count: wrong_return_count");
  }
}

}  // namespace
}  // namespace sluice::test::sim
