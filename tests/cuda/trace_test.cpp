// Traces: bounded, in one order of ticks, written whole or not at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/trace.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class folder {
 public:
  folder() {
    std::string name = (fs::temp_directory_path() / "sluice-trace-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~folder() { fs::remove_all(path); }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }

  fs::path path;
};

std::string text_of(fs::path const& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

trace_record step(std::string name, std::string track) {
  trace_record record;
  record.name = std::move(name);
  record.track = std::move(track);
  record.begin_ns = 1234567;
  record.end_ns = 1235000;
  record.begin_tick = 7;
  record.bytes = 42;
  return record;
}

TEST(Trace, CountsWhatItHasNoRoomFor) {
  trace log(2);
  for (int i = 0; i < 5; ++i) log.add(step("a", "worker 0"));
  EXPECT_EQ(log.size(), 2u);
  EXPECT_EQ(log.dropped(), 3u);
}

TEST(Trace, TicksAreOneOrderOverAllThreads) {
  trace log;
  std::vector<std::uint64_t> ticks[4];
  std::vector<std::thread> threads;
  for (auto& mine : ticks)
    threads.emplace_back([&log, &mine] {
      for (int i = 0; i < 1000; ++i) mine.push_back(log.next_tick());
    });
  for (auto& each : threads) each.join();
  std::set<std::uint64_t> distinct;
  for (auto const& mine : ticks) {
    EXPECT_TRUE(std::ranges::is_sorted(mine));
    distinct.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(distinct.size(), 4000u);
}

TEST(Trace, WritesTheChromeFormat) {
  folder const place;
  trace log(3);
  log.add(step("split \"%\"\n", "worker 0"));
  log.add(step("hash", "worker 1"));
  log.add(step("hash", "worker 1"));
  log.add(step("lost", "worker 1"));
  log.write(place.path / "trace.json");
  std::string const text = text_of(place.path / "trace.json");
  EXPECT_THAT(text, HasSubstr(R"("name":"split \"%\"\u000a","cat":"host_step")"));
  EXPECT_THAT(text, HasSubstr(R"("ts":1234.567,"dur":0.433)"));
  EXPECT_THAT(text, HasSubstr(R"("args":{"enqueue_tick":0,"begin_tick":7,"bytes":42})"));
  EXPECT_THAT(text, HasSubstr(R"("name":"thread_name","args":{"name":"worker 1"})"));
  EXPECT_THAT(text, HasSubstr(R"("dropped":1)"));
  EXPECT_EQ(place.files(), 1u) << "a temporary file was left behind";
}

TEST(Trace, LeavesNothingBehindWhenItCannotBeWritten) {
  folder const place;
  fs::create_directory(place.path / "trace.json");  // cannot be replaced by a file
  trace log;
  log.add(step("a", "worker 0"));
  EXPECT_THROW(log.write(place.path / "trace.json"), io_error);
  EXPECT_THROW(log.write(place.path / "no such folder" / "trace.json"), io_error);
  EXPECT_EQ(place.files(), 1u);
}

class Traced : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Traced, testing::ValuesIn(places()), place_name);

TEST_P(Traced, EveryCopyHasOneRecordWithItsSizeAndTrack) {
  SLUICE_SKIP_WITHOUT(GetParam());
  trace log;
  {
    auto const device = open(GetParam(), 1, &log);
    event_pool pool(*device);
    arrays memory(*device);
    stream const one(pool);
    for (std::uint32_t value = 0; value < 5; ++value) memory.put(one, value, value);
    memory.move(one, 0, 7);
    memory.read(one, 7);
  }
  std::size_t copies = 0;
  for (trace_record const& each : log.records()) {
    if (each.kind != trace_kind::copy) continue;
    ++copies;
    EXPECT_EQ(each.bytes, 256u * 4u);
    EXPECT_THAT(each.track, HasSubstr(std::string(name_of(GetParam().kind))));
    EXPECT_THAT(each.track, HasSubstr("stream"));
    EXPECT_GE(each.end_ns, each.begin_ns);
    EXPECT_LE(each.enqueue_tick, each.begin_tick);
    EXPECT_GT(each.enqueue_tick, 0u);
  }
  EXPECT_EQ(copies, 7u);
}

TEST(TracedSim, ShowsThatWorkRunsAfterLaterHostSteps) {
  place sim;
  sim.kind = device_kind::sim;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    trace log;
    auto const device = open(sim, seed, &log);
    event_pool pool(*device);
    arrays memory(*device);
    stream const one(pool);
    memory.fill(one, 0, 7);
    std::uint64_t const host_step = log.next_tick();
    EXPECT_EQ(log.size(), 0u) << "something ran when it was enqueued";
    one.ref().sync();
    auto const records = log.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].kind, trace_kind::kernel);
    EXPECT_EQ(records[0].name, "fill");
    EXPECT_EQ(records[0].bytes, memory.bytes());
    EXPECT_LT(records[0].enqueue_tick, host_step);
    EXPECT_GT(records[0].begin_tick, host_step);
    EXPECT_EQ(records[1].kind, trace_kind::event_record);
  }
}

TEST(TracedSim, CountsAKernelsViewsWithoutItsWorkspace) {
  place sim;
  sim.kind = device_kind::sim;
  trace log;
  auto const device = open(sim, 1, &log);
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  auto const workspace = view_maker::make<inout<std::byte>>(memory.at(3), 100);
  memory.fill(one, 0, 7);
  launch(one.ref(), workspace).run<add_body>(memory.view<in>(0), memory.view<out>(1), 1u);
  one.ref().sync();
  EXPECT_EQ(log.records().at(1).bytes, 2 * memory.bytes());
}

TEST(TracedSim, NamesTheReasonOfAWait) {
  place sim;
  sim.kind = device_kind::sim;
  trace log;
  auto const device = open(sim, 1, &log);
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  stream const other(pool);
  memory.put(one, 0, 7);
  other.ref().wait(one.ref().record(), wait_reason::stage_read);
  other.ref().sync();
  std::multiset<std::string> waits;
  for (trace_record const& each : log.records())
    if (each.kind == trace_kind::stream_wait) waits.insert(each.name);
  EXPECT_EQ(waits, std::multiset<std::string>{"stage_read"});
}

}  // namespace
}  // namespace sluice::test
