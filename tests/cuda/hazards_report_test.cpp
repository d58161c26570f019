// What a report says, as text and as one line of JSON, and that the process ends with it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <support/checked_device.hpp>

namespace sluice::test {
namespace {

hazard reuse_without_a_wait() {
  checked_device at(7);
  at.name(0, "task 'former'");
  at.name(1, "task \"next\"");
  at.hand_out(2, 0);
  at.memory.fill(at.on(0), 2, 1);
  at.take_back(2);
  at.hand_out(2, 1);
  at.ref(1).copy(at.memory.at(2) + 256, at.memory.at(2), 0, copy_direction::device_to_device);
  launch(at.ref(1)).run<fill_body>(view_maker::make<out<std::uint32_t>>(at.memory.at(2) + 256, 64),
                                   2u);
  return at.one();
}

TEST(HazardReport, TellsBothWorksTheMemoryAndTheMissingEdge) {
  EXPECT_EQ(reuse_without_a_wait().text(),
            "sluice: hazard write_after_write (seed 7)\n"
            "  later:   kernel 'fill' of task \"next\" on stream 2 of device 0 (work 2) writes "
            "bytes 256..511 of allocation 3 (1024 bytes of device 0, handed to task \"next\")\n"
            "  earlier: kernel 'fill' of task 'former' on stream 1 of device 0 (work 1) writes "
            "bytes 0..1023 of allocation 2 (1024 bytes of device 0, handed to task 'former')\n"
            "  overlap: bytes 256..511 of allocation 3\n"
            "  missing: stream 2 of device 0 never waited for an event recorded on stream 1 of "
            "device 0 behind work 1 (none was recorded there since)\n");
}

TEST(HazardReport, IsOneLineOfJson) {
  std::string const line = reuse_without_a_wait().json();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line,
            "{\"hazard\":\"write_after_write\",\"seed\":7,"
            "\"later\":{\"work\":\"kernel 'fill'\",\"user\":\"task \\\"next\\\"\",\"device\":0,"
            "\"stream\":2,\"number\":2,\"access\":\"write\",\"allocation\":3,"
            "\"memory\":\"1024 bytes of device 0, handed to task \\\"next\\\"\",\"offset\":256,"
            "\"bytes\":256},"
            "\"earlier\":{\"work\":\"kernel 'fill'\",\"user\":\"task 'former'\",\"device\":0,"
            "\"stream\":1,\"number\":1,\"access\":\"write\",\"allocation\":2,"
            "\"memory\":\"1024 bytes of device 0, handed to task 'former'\",\"offset\":0,"
            "\"bytes\":1024},"
            "\"overlap\":{\"offset\":256,\"bytes\":256},"
            "\"missing\":\"stream 2 of device 0 never waited for an event recorded on stream 1 of "
            "device 0 behind work 1 (none was recorded there since)\"}");
}

void read_too_early() {
  sim_options options;  // no log of its own: the default ends the process
  auto const device = open_sim(options);
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool), two(pool);
  memory.fill(one, 0, 7);
  memory.add(two, 0, 1, 1);
}

TEST(HazardReportDeathTest, EndsTheProcessUnlessItIsKept) {
  EXPECT_EXIT(read_too_early(), testing::ExitedWithCode(hazard_exit_code),
              "sluice: hazard read_after_write .*\n.*kernel 'add'.*\n.*kernel 'fill'.*\n.*\n"
              "  missing: .*never waited for.*\n[{]\"hazard\":\"read_after_write\".*[}]\n");
}

TEST(HazardReport, EveryKindHasAName) {
  for (std::size_t i = 0; i < hazard_kind_count; ++i)
    EXPECT_NE(name_of(static_cast<hazard_kind>(i)), "unknown");
  EXPECT_EQ(name_of(static_cast<hazard_kind>(hazard_kind_count)), "unknown");
}

}  // namespace
}  // namespace sluice::test
