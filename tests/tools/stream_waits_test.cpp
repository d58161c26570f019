// Each kind of wait between streams that the pipeline uses is needed: without it some order of the
// simulated device gives wrong bytes. With all of them none does.
//
// Three calls make a stream wait: a reading's (input_written), that of memory in new hands
// (memory_reused), and a copy's (stage_read, spill_read). Leaving out the reasons in turn thus
// leaves out the calls in turn.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>
#include <sluice/runtime/detail/sanitized.hpp>
#include <support/chunk_runs.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::test {
namespace {

constexpr unsigned seeds = 12;
constexpr unsigned child_seconds_max = 60;

std::uint64_t first_seed() {
  char const* const given = ::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

std::string typed_for(std::uint64_t seed) {
  return "--split line --memory 8MiB --threads 2 --device-memory 1MiB --device sim:" +
         std::to_string(seed);
}

// What is read too early is garbage, and a table of garbage may end the process: hence a child. It
// leaves its files behind, in `folder`.
bool is_right(scratch_folder const& folder, chunk_output const& expected, std::uint64_t seed,
              tool::pipeline_hooks const& hooks) {
  ::pid_t const child = ::fork();
  if (child == 0) {
    ::alarm(child_seconds_max);
    ::setenv("TMPDIR", folder.path().c_str(), 1);
    int wrong = 1;
    try {
      auto const made = run_chunk({folder.path("text")}, typed_for(seed), hooks);
      wrong = made.bin == expected.bin && made.idx == expected.idx ? 0 : 1;
    } catch (...) {
    }
    ::_exit(wrong);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class StreamWaits : public testing::Test {
 protected:
  StreamWaits() {
    write_seeded_text(folder_.path("text"), 7, 400'000);
    expected_ = run_chunk({text()}, "--split line --device cpu --memory 1GiB");
  }
  std::string text() const { return folder_.path("text"); }

  unsigned seeds_that_fail(tool::pipeline_hooks const& hooks) {
    unsigned failed = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds; ++seed)
      failed += is_right(folder_, expected_, seed, hooks) ? 0 : 1;
    return failed;
  }

  scratch_folder const folder_;
  chunk_output expected_;
};

TEST_F(StreamWaits, GiveTheRightBytesWithEverySeed) {
  EXPECT_EQ(seeds_that_fail({}), 0u) << "from SLUICE_SEED=" << first_seed();
}

TEST_F(StreamWaits, AreNeededEachOneThatIsUsed) {
  if (detail::sanitized) GTEST_SKIP() << "without its waits the pipeline has races, as it should";
  trace log;
  run_chunk({text()}, typed_for(first_seed()), {}, &log);
  std::map<std::string, unsigned> used;
  for (trace_record const& record : log.records())
    if (record.kind == trace_kind::stream_wait) ++used[record.name];
  EXPECT_GE(used.size(), 3u) << "input_written, memory_reused and stage_read at least";
  for (auto const reason : {wait_reason::input_written, wait_reason::memory_reused,
                            wait_reason::spill_read, wait_reason::stage_read}) {
    std::string const name(name_of(reason));
    if (used[name] == 0) continue;
    tool::pipeline_hooks without;
    without.skip_waits = reason;
    unsigned const failed = seeds_that_fail(without);
    RecordProperty(name, std::to_string(failed) + " of " + std::to_string(seeds) + " seeds");
    EXPECT_GE(failed, 1u) << name << ", used " << used[name] << " times";
    std::printf("without %s: %u of %u seeds fail\n", name.c_str(), failed, seeds);
  }
}

}  // namespace
}  // namespace sluice::test
