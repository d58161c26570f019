// The oracle against the contract, on programs written by hand. What must be seen is written by
// hand, too: none of it is computed.

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/oracle.hpp>

namespace sluice::test::sim {
namespace {

// What each step must see, and what it may see instead, in words.
std::vector<std::string> seen(std::string const& body) {
  prediction const must = predict(parse("program 1\n" + body));
  std::vector<std::string> all;
  for (expectation const& each : must.steps) {
    std::string text = text_of(each.seen);
    for (std::string const& task : each.cancelled) text += " or cancelled " + task;
    if (each.short_of_memory) text += " or memory";
    if (each.anything) text += " or anything";
    all.push_back(text);
  }
  return all;
}

using words = std::vector<std::string>;

TEST(Oracle, KnowsWhatEachOperationMakes) {
  EXPECT_EQ(
      seen(R"(
task t0 bytes fixed 9 generator any
  yield count 8 258
  yield count 7 1
  yield xor item 3
task t1 bytes fixed 7 generator any
  in value t0.0
  yield xor 0 1
  yield add 0 255
  yield rotate 0 1
  yield concat 0 0
  yield slice 0 1 3
  yield part 0 6 10
  yield sum 0 10
main
  submit t0
  submit t1
  get t1.0
  get t1.1
  get t1.2
  get t1.3
  get t1.4
  get t1.5
  get t1.6
)"),
      (words{"nothing", "nothing", "a value [8 bytes: 3 3 3 4 6 7 7 8]",
             "a value [8 bytes: 1 0 255 255 2 0 255 255]", "a value [8 bytes: 1 0 0 3 1 0 0 2]",
             "a value [16 bytes: 2 1 0 0 3 1 0 0 ...]", "a value [3 bytes: 1 0 0]",
             "a value [2 bytes: 0 0]", "a value [8 bytes: 17 0 0 0 0 0 0 0]"}));
}

TEST(Oracle, C2_AFixedNumberIsSoManyRefs) {
  EXPECT_EQ(seen(R"(
task t0 number fixed 2 generator any
  yield count 4 5
  yield count 4 6
task t1 batch single plain any
  yield count 4 5
task t2 bytes none generator any
main
  submit t0
  submit t1
  submit t2
  get t0.0
  get t0.1
  get t0.2
  get t1.0
  get t2.0
)"),
            (words{"nothing", "nothing", "nothing", "a value 5", "a value 6", "absent",
                   "a value [4 bytes: 5 0 0 0] [4 bytes: 0 0 0 5]", "a value 0"}));
}

TEST(Oracle, C4_AWrongCountIsCarriedByTheRefsWithoutAValue) {
  EXPECT_EQ(
      seen(R"(
task t0 number fixed 3 generator any
  yield count 4 5
task t1 number fixed 2 generator any
  yield count 4 5
  yield count 4 6
  yield count 4 7
  throw
task t2 number none generator any
  yield count 4 5
task t3 number fixed 1 generator any
  yield count 4 5
  throw
main
  submit t0
  submit t1
  submit t2
  submit t3
  get t0.0
  get t0.1
  get t0.2
  get t1.0
  get t1.1
  get t2.0
  get t3.0
)"),
      (words{"nothing", "nothing", "nothing", "nothing", "a value 5",
             "wrong_return_count of t0 at 1 (1 for 3)", "wrong_return_count of t0 at 1 (1 for 3)",
             "a value 5", "wrong_return_count of t1 at 2 (3 for 2)",
             "wrong_return_count of t2 at 0 (1 for 0)", "task_error of t3 at 1"}));
}

TEST(Oracle, C4_APlainFunctionThatThrowsHasReturnedNothing) {
  EXPECT_EQ(seen(R"(
task t0 bytes fixed 2 plain any
  yield count 4 5
  throw
main
  submit t0
  get t0.0
  get t0.1
)"),
            (words{"nothing", "task_error of t0 at 0", "task_error of t0 at 0"}));
}

TEST(Oracle, C5_AnOuterRefCountsItsValuesOrCarriesTheError) {
  EXPECT_EQ(seen(R"(
task t0 number dynamic generator any
  yield count 4 5
  yield count 4 6
task t1 number dynamic generator any
  yield count 4 5
  throw
task t2 number stream 1 1 generator any
  in growing t1
  each add item 0
main
  submit t0
  submit t1
  open t0
  get t0.1
  yielded t1
  open t1
  yielded t1
  get t1.0
  submit t2
  next t2
  next t2
  get t2.1
  next t2
)"),
            (words{"nothing", "nothing", "a count of 2", "a value 6", "absent",
                   "task_error of t1 at 1", "a count of 1", "a value 5", "nothing", "an item",
                   "an item", "task_error of t1 at 1", "the end"}));
}

TEST(Oracle, C6_AnErrorIsAnItemAndThenTheStreamEnds) {
  EXPECT_EQ(seen(R"(
task t0 number stream 8 100 generator any
  yield count 4 5
  throw
main
  submit t0
  next t0
  next t0
  next t0
  next t0
  get t0.0
  get t0.1
)"),
            (words{"nothing", "an item", "an item", "the end", "the end", "a value 5",
                   "task_error of t0 at 1"}));
}

TEST(Oracle, C7_AHandleMovesIntoTheTaskThatTakesIt) {
  EXPECT_EQ(seen(R"(
task t0 number stream 8 100 generator any
  yield count 4 5
  yield count 4 6
task t1 number fixed 1 generator any
  in stream t0
  each add item 0
main
  submit t0
  next t0
  submit t1
  next t0
  get t1.0
)"),
            (words{"nothing", "an item", "nothing", "absent", "a value 6"}));
}

TEST(Oracle, C9_DependentsCarryTheirRootsErrorAndOfTwoRootsEither) {
  program const all = parse(R"(program 1
task t0 bytes single generator any
  throw
task t1 bytes single generator any
  throw
task t2 bytes stream 8 100 generator any
  in value t0.0
  in value t1.0
  yield fill 1 1
main
  submit t0
  submit t1
  submit t2
  next t2
  get t2.0
)");
  expectation const found = predict(all).steps[4];
  ASSERT_EQ(found.instead.size(), 2U);
  EXPECT_EQ(text_of(found.instead[0]), "task_error of t0 at 0");
  EXPECT_EQ(text_of(found.instead[1]), "task_error of t1 at 0");
}

TEST(Oracle, C9_AnErrorThatABodyAsksForComesWhereItAsks) {
  EXPECT_EQ(seen(R"(
task t0 bytes single generator any
  throw
task t1 number fixed 2 generator any
  in inner t0.0
  yield count 4 5
  yield add 0 1
main
  submit t0
  submit t1
  get t1.0
  get t1.1
)"),
            (words{"nothing", "nothing", "a value 5", "task_error of t0 at 0"}));
}

TEST(Oracle, C12_ACancelMayComeFirstForWhatIsNotKnownToBePublished) {
  EXPECT_EQ(seen(R"(
task t0 number stream 8 100 generator any
  yield count 4 5
  yield count 4 6
task t1 bytes single generator any
  in value t0.0
  yield sum 0 0
main
  submit t0
  next t0
  cancel t0
  get t0.0
  next t0
  get t0.1
  submit t1
  get t1.0
)"),
            (words{"nothing", "an item", "nothing", "a value 5", "an item or cancelled t0",
                   "a value 6 or cancelled t0", "nothing", "a value [8 bytes: 5 0 0 0 0 0 0 0]"}));
}

TEST(Oracle, C12_ACancelAfterTheEndChangesNothing) {
  EXPECT_EQ(seen(R"(
task t0 number fixed 2 generator any
  yield count 4 5
  yield count 4 6
main
  submit t0
  get t0.1
  cancel t0
  get t0.0
)"),
            (words{"nothing", "a value 6", "nothing", "a value 5"}));
}

TEST(Oracle, C12_DependentsOfWhatIsCancelledMayMeetTheCancel) {
  EXPECT_EQ(seen(R"(
task t0 number fixed 1 generator any
  yield count 4 5
task t1 number fixed 1 generator any
  in value t0.0
  yield add 0 1
main
  submit t0
  submit t1
  cancel t0
  get t1.0
)"),
            (words{"nothing", "nothing", "nothing", "a value 13 or cancelled t0"}));
}

TEST(Oracle, C15_OnlyBelowThePromiseMayAnErrorOfMemoryCome) {
  std::string const task = R"(
task t0 bytes fixed 1 generator any
  yield fill 700 1
main
  submit t0
  get t0.0
)";
  // The result and the copy that the main program reads: 768 bytes each; 512 for small numbers.
  EXPECT_EQ(predict(parse("program 1\nmemory ample" + task)).enough_bytes,
            2U * 768U + 2U * 256U + 2U * 768U);
  EXPECT_EQ(seen("memory bytes 0 0 3584" + task)[0], "nothing");
  EXPECT_EQ(seen("memory bytes 0 0 3583" + task)[0], "nothing or memory");
  EXPECT_EQ(seen("gpus 1\nmemory bytes 3583 0 9999" + task)[0], "nothing or memory");
}

// The younger one pays, unless it may hold memory while it waits for something else.
TEST(Oracle, C15_AnOlderTaskDoesNotPayForAYoungerOne) {
  std::string const older = R"(
task t0 bytes fixed 1 generator any
  yield fill 700 1
)";
  std::string const main = R"(main
  submit t0
  submit t1
)";
  std::string const younger = older + R"(task t1 bytes fixed 1 generator any
  yield fill 700 1
)" + main;
  std::string const stream = older + R"(task t1 bytes stream 1 9 generator any
  yield fill 700 1
)" + main;
  auto const safe_with = [](std::string const& host_bytes, std::string const& tasks) {
    return predict(parse("program 1\nmemory bytes 0 0 " + host_bytes + tasks)).safe;
  };
  using names = std::set<std::string>;
  EXPECT_EQ(safe_with("2048", younger), names{"t0"});
  EXPECT_EQ(safe_with("2047", younger), names{});
  EXPECT_EQ(safe_with("2048", stream), names{});
  EXPECT_EQ(safe_with("4096", stream), (names{"t0", "t1"}));
}

// Objects alone need memory for the largest of them: the others can be on disk.
TEST(Oracle, C15_WithoutTasksTheLargestObjectIsEnough) {
  EXPECT_EQ(predict(parse(R"(program 1
main
  put p0 100 1
  put p1 700 1
  get p0.0
)"))
                .enough_bytes,
            768U);
}

// It has memory only while a worker runs it.
TEST(Oracle, C15_FunctionsWithoutArgumentsNeedMemoryForAsManyAsThereAreWorkers) {
  std::string const functions = R"(
task t0 bytes fixed 1 plain cpu
  yield fill 100 1
task t1 bytes fixed 1 plain cpu
  yield fill 700 1
main
  submit t0
  submit t1
  get t0.0
)";
  std::size_t const small = 256 + 2 * 256 + 2 * 256;
  std::size_t const large = 768 + 2 * 768 + 2 * 256;
  auto const enough = [&](std::string const& workers) {
    return predict(parse("program 1\nworkers " + workers + functions)).enough_bytes;
  };
  EXPECT_EQ(enough("1"), large + 2 * 768);
  EXPECT_EQ(enough("2"), small + large + 2 * 768);
}

TEST(Oracle, ABatchOfSomeSizesHasOneChunk) {
  EXPECT_EQ(seen(R"(
task t0 bytes single generator any
  yield count 4 5
task t1 batch fixed 2 generator any
  in value t0.0
  yield slice 0 0 1
  yield slice 0 0 2
main
  submit t0
  submit t1
  get t1.0
  get t1.1
)"),
            (words{"nothing", "nothing", "a value [1 bytes: 5]",
                   "a value [2 bytes: 5 0] [2 bytes: 0 5]"}));
}

TEST(Oracle, C15_AKnotIsADeadlock) {
  EXPECT_EQ(seen(R"(
main
  knot k0
)"),
            (words{"deadlock_detected"}));
}

TEST(Oracle, WhatABodyDropsIsNoValue) {
  EXPECT_EQ(seen(R"(
task t0 bytes fixed 1 generator any as fred
  scratch 100 3
  yield count 4 1
  throw
main
  submit t0
  get t0.0
)"),
            (words{"nothing", "task_error of fred at 1"}));
}

TEST(Oracle, C16_AMissingDeviceIsRefusedAndNothingIsCreated) {
  EXPECT_EQ(seen(R"(
gpus 1
task t0 number stream 8 100 generator any
  yield count 4 5
task t1 number stream 8 100 generator gpu1
  in stream t0
main
  submit t0
  submit t1
  next t1
  next t0
)"),
            (words{"nothing", "device_unavailable", "absent", "an item"}));
}

TEST(Oracle, C21_ASliceIsItsParentsBytesOrItsErrorOrMisuse) {
  EXPECT_EQ(seen(R"(
task t0 bytes single generator any
  throw
main
  put p0 4 1
  slice s0 p0.0 4 0
  slice s1 p0.0 4 1
  submit t0
  slice s2 t0.0 0 1
  get s0.0
  copy s1.0
  get s2.0
)"),
            (words{"nothing", "nothing", "nothing", "nothing", "nothing", "a value [0 bytes]",
                   "misuse", "task_error of t0 at 0"}));
}

}  // namespace
}  // namespace sluice::test::sim
