// The text of a program: print and parse are each other's inverse, and errors say where they are.

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <sim/generate.hpp>
#include <sim/program.hpp>

namespace sluice::test::sim {
namespace {

constexpr char const* whole = R"(program 1
seed 7
workers 2
gpus 1
memory fraction 500 promised
faults liveness
task t0 bytes stream 2 4096 generator gpu0
  yield fill 16 3
  yield count 8 4
  throw
task t1 number fixed 3 generator any
  in stream t0
  in value p0.0
  next
  yield sum 1 9
  each xor item 5
task t2 bytes single plain cpu
  in value p0.0
  in inner s0.0
  yield concat 0 1
main
  put p0 64 1
  slice s0 p0.0 8 16
  submit t0
  next t0
  release t0.0
  submit t1
  submit t2
  get t1.2
  copy t2.0
  cancel t1
)";

TEST(ProgramFormat, APrintedProgramIsParsedToTheSameProgram) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    program const made = generate(seed);
    EXPECT_EQ(parse(print(made)), made);
  }
}

TEST(ProgramFormat, AParsedTextIsPrintedAsTheSameText) {
  EXPECT_EQ(print(parse(whole)), whole);
}

TEST(ProgramFormat, CommentsAndEmptyLinesAreNotPartOfIt) {
  std::string const with = std::string("# why\n\n") + whole + "\n  get t1.0  # again\n";
  EXPECT_EQ(parse(with).steps.size(), parse(whole).steps.size() + 1);
}

TEST(ProgramFormat, EachFieldIsWhereTheTextSaysSo) {
  program const all = parse(whole);
  EXPECT_EQ(all.seed, 7U);
  EXPECT_EQ(all.workers, 2U);
  EXPECT_EQ(all.memory.thousandths, 500U);
  EXPECT_EQ(all.memory.promised, limits::promise::all);
  EXPECT_EQ(all.faults, going_wrong::liveness);
  ASSERT_EQ(all.tasks.size(), 3U);
  EXPECT_EQ(all.tasks[0].window_objects, 2U);
  EXPECT_EQ(all.tasks[0].window_bytes, 4096U);
  EXPECT_EQ(all.tasks[0].where, target::gpu0);
  EXPECT_EQ(all.tasks[0].actions[2].what, verb::fail);
  EXPECT_EQ(all.tasks[1].values, kind::number);
  EXPECT_EQ(all.tasks[1].count, 3U);
  EXPECT_EQ(all.tasks[1].inputs[0].how, form::stream);
  EXPECT_EQ(all.tasks[1].inputs[1].from, (ref_name{"p0", 0}));
  EXPECT_EQ(all.tasks[1].actions[2].a, the_item);
  EXPECT_TRUE(all.tasks[2].plain);
  EXPECT_EQ(all.tasks[2].actions[0].b, 1);
  EXPECT_EQ(all.steps[1].from, (ref_name{"p0", 0}));
  EXPECT_EQ(all.steps[1].k, 8U);
  EXPECT_EQ(all.steps[1].n, 16U);
}

void expect_refused(std::string const& text, std::string const& why) {
  try {
    static_cast<void>(parse(text));
    ADD_FAILURE() << "it was taken:\n" << text;
  } catch (std::runtime_error const& error) {
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
  }
}

TEST(ProgramFormat, AWrongLineIsNamedByItsNumber) {
  std::string const head = "program 1\n";
  expect_refused("", "line 1: the text is empty");
  expect_refused("# nothing\nseed 1\n", "line 2: a program begins with");
  expect_refused("program 2\n", "line 1: a program begins with");
  expect_refused(head + "seed x\n", "line 2: 'x' is not a seed");
  expect_refused(head + "seed -1\n", "line 2: '-1' is not a seed");
  expect_refused(head + "seed\n", "line 2: the line ends before a seed");
  expect_refused(head + "seed 1 2\n", "line 2: '2' is one word too many");
  expect_refused(head + "memory half\n", "line 2: 'half' is no limit");
  expect_refused(head + "yield fill 1 2\n", "line 2: 'yield' is no setting of a program");
  expect_refused(head + "task t0 words stream 1 1 generator any\n",
                 "line 2: 'words' is no kind of values; known are bytes batch number");
  expect_refused(head + "main\n  fetch t0\n", "line 3: 'fetch' is nothing that a main program");
  expect_refused(head + "main\n  get t0\n", "line 3: 't0' is no ref; write t0.0");
}

TEST(ProgramFormat, TasksThatCannotBeRunAreNamed) {
  std::string const head = "program 1\ntask t0 bytes single generator any\n";
  expect_refused(head + "  in stream t1\n", "task t0: there is no task t1");
  expect_refused(head + "  in growing t0\n", "task t0: t0 does not return growing");
  expect_refused(head + "  yield xor 0 1\n", "task t0: operand 0 is no input");
  expect_refused(head + "  each xor item 1\n", "task t0: it takes items and has no sequence");
  expect_refused(head + "task t0 bytes single generator any\n", "task t0: there are two");
  expect_refused(head + "main\n  submit t1\n", "submit t1: there is no such task");
  expect_refused(head + "main\n  submit t0\n  submit t0\n", "submit t0: it was submitted before");
  expect_refused(head + "main\n  put t0 1 1\n", "put t0 1 1: the name is taken");
  expect_refused("program 1\ntask t0 bytes stream 1 1 plain any\n",
                 "task t0: a plain function returns one value or a fixed number");
}

}  // namespace
}  // namespace sluice::test::sim
