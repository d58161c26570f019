// Errors: their kinds, their one line of text, where they happened.

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <string>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice::test {
namespace {

TEST(Errors, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < error_kind_count; ++i)
    names.insert(name_of(static_cast<error_kind>(i)));
  EXPECT_EQ(names.size(), error_kind_count);
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_EQ(name_of(error_kind::task_error), "task_error");
  EXPECT_EQ(name_of(error_kind::device_lost), "device_lost");
  EXPECT_EQ(name_of(error_kind::internal_error), "internal_error");
  EXPECT_EQ(name_of(static_cast<error_kind>(error_kind_count)), "unknown");
}

TEST(Errors, EachClassHasItsKind) {
  EXPECT_EQ(misuse("x").kind(), error_kind::misuse);
  EXPECT_EQ(io_error("read x", EIO, "").kind(), error_kind::io_error);
  EXPECT_EQ(device_error("x", 1, "").kind(), error_kind::device_error);
  EXPECT_EQ(device_lost("x", 1, "").kind(), error_kind::device_lost);
  EXPECT_EQ(device_timeout("x", 0, std::chrono::seconds(1)).kind(), error_kind::device_timeout);
  EXPECT_EQ(device_unavailable("x").kind(), error_kind::device_unavailable);
  EXPECT_EQ(internal_error("x", std::source_location::current()).kind(),
            error_kind::internal_error);
}

TEST(Errors, SayWhatFailedWithItsNumbersAndWhatToDo) {
  EXPECT_STREQ(io_error("write out/x.bin", ENOSPC, "free some room").what(),
               "write out/x.bin: No space left on device (errno 28); free some room");
  EXPECT_EQ(io_error("write out/x.bin", ENOSPC, "").error_number(), ENOSPC);
  EXPECT_STREQ(device_error("cudaMalloc", 2, "out of memory").what(),
               "cudaMalloc failed with code 2: out of memory");
  EXPECT_EQ(device_error("cudaMalloc", 2, "").code(), 2);
  EXPECT_STREQ(device_lost("kernel 'f'", 700, "an illegal memory access").what(),
               "kernel 'f' failed with code 700: an illegal memory access; the device is lost to "
               "this process: start it again");
  EXPECT_EQ(device_lost("kernel 'f'", 700, "").code(), 700);
  device_timeout const hangs("a sync with an event", 3, std::chrono::milliseconds(1500));
  EXPECT_STREQ(hangs.what(),
               "a sync with an event: device 3 was given up, since the oldest of its work has not "
               "come forward for 1.5 s; it is lost to this process: start it again, with a longer "
               "runtime_options::device_timeout if one step may take that long");
  EXPECT_EQ(hangs.device(), 3);
  EXPECT_EQ(hangs.waited(), std::chrono::milliseconds(1500));
}

// C9, C10: what, where, the numbers.
TEST(Errors, KeepThePlaceWhereTheyHappenedFirst) {
  misuse wrong("a sealed writer was written to; seal it last");
  EXPECT_EQ(wrong.task(), "");
  EXPECT_FALSE(wrong.index().has_value());
  wrong.set_place("tokenise", 3);
  wrong.set_place("its caller", 0);
  EXPECT_EQ(wrong.task(), "tokenise");
  EXPECT_EQ(wrong.index(), 3u);
  EXPECT_STREQ(wrong.what(),
               "task 'tokenise', value 3: a sealed writer was written to; seal it last");
}

TEST(Errors, NameTheTaskAloneWhereNoValueWasMade) {
  misuse wrong("x");
  wrong.set_place("main", std::nullopt);
  EXPECT_STREQ(wrong.what(), "task 'main': x");
}

// C10: what() is one line, whatever was thrown and however the task is called.
TEST(Errors, AreOneLineOfText) {
  misuse wrong("the body threw: first\nsecond\n");
  EXPECT_STREQ(wrong.what(), "the body threw: first second ");
  wrong.set_place("two\nlines", 1);
  EXPECT_STREQ(wrong.what(), "task 'two lines', value 1: the body threw: first second ");
  EXPECT_EQ(wrong.task(), "two\nlines");
}

TEST(Require, ThrowsWithTheLineThatAsked) {
  EXPECT_NO_THROW(require(true, "never said"));
  try {
    require(false, "two owners of one block");
    FAIL() << "nothing was thrown";
  } catch (internal_error const& broken) {
    std::string const line = broken.what();
    EXPECT_NE(line.find("two owners of one block"), std::string::npos) << line;
    EXPECT_NE(line.find("error_test.cpp:"), std::string::npos) << line;
    EXPECT_EQ(line.find('/'), std::string::npos) << "no build folders in messages: " << line;
  }
}

TEST(Names, AreThereForReasonsKindsAndDirections) {
  std::set<std::string_view> reasons;
  for (std::size_t i = 0; i < wait_reason_count; ++i)
    reasons.insert(name_of(static_cast<wait_reason>(i)));
  EXPECT_EQ(reasons, (std::set<std::string_view>{"input_written", "memory_reused", "spill_read",
                                                 "stage_read"}));
  EXPECT_EQ(name_of(device_kind::host), "host");
  EXPECT_EQ(name_of(device_kind::sim), "sim");
  EXPECT_EQ(name_of(device_kind::cuda), "cuda");
  EXPECT_EQ(name_of(copy_direction::host_to_device), "host_to_device");
  EXPECT_EQ(name_of(copy_direction::device_to_host), "device_to_host");
  EXPECT_EQ(name_of(copy_direction::device_to_device), "device_to_device");
}

}  // namespace
}  // namespace sluice::test
