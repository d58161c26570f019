// Orders of a simulated device that are asked for by name: each does what its name says, ends what
// somebody waits for, and leaves what the seed draws without a name as it is.

#include <sluice/cuda/sim_order.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/detail/sim_schedule.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

using detail::mixed;
using detail::sim_schedule;

std::vector<sim_order> orders() {
  std::vector<sim_order> all;
  for (std::size_t i = 0; i < sim_order_count; ++i) all.push_back(static_cast<sim_order>(i));
  return all;
}

TEST(SimOrderNames, AreReadAsTheyArePrinted) {
  std::set<std::string_view> names;
  for (sim_order const each : orders()) {
    EXPECT_EQ(sim_order_named(name_of(each)), each);
    EXPECT_NE(sim_order_names().find(name_of(each)), std::string::npos);
    names.insert(name_of(each));
  }
  EXPECT_EQ(names.size(), sim_order_count);
}

TEST(SimOrderNames, AWrongOneIsNone) {
  for (char const* const wrong : {"", "new", "newest ", "Newest", "newest,eager"})
    EXPECT_FALSE(sim_order_named(wrong)) << wrong;
}

// A device with four streams, each with a letter and an array of its own.
class ordered_device {
 public:
  explicit ordered_device(std::uint64_t seed, sim_order order, int index = 0) {
    sim_options options;
    options.seed = seed;
    options.order = order;
    options.index = index;
    options.memory_bytes = std::size_t{1} << 20;
    options.log = &log;
    device = open_sim(options);
    pool = std::make_unique<event_pool>(*device);
    memory = std::make_unique<arrays>(*device);
    for (std::size_t i = 0; i < 4; ++i) streams.emplace_back(*pool);
  }

  void kernels(char on, int count) {
    for (int i = 0; i < count; ++i) memory->fill(stream_of(on), array_of(on), 1);
  }
  void copies(char on, int count) {
    for (int i = 0; i < count; ++i) memory->put(stream_of(on), array_of(on) + 4, 1);
  }
  // Behind what the stream was given so far.
  event_handle mark(char on) {
    event_handle const made = device->make_event();
    device->record(made, stream_of(on).ref().handle());
    return made;
  }
  void use(char on, std::string_view user) {
    device->note_user(stream_of(on).ref().handle(), user);
  }
  void run_all() { device->free_pinned(device->allocate_pinned(1)); }

  // The letters of kernels and copies, as they ran.
  std::string ran() const {
    std::string letters;
    for (trace_record const& each : log.records())
      if (each.kind == trace_kind::kernel || each.kind == trace_kind::copy)
        letters.push_back(letter_of(each.track));
    return letters;
  }

  trace log;
  std::unique_ptr<driver> device;
  std::unique_ptr<event_pool> pool;
  std::unique_ptr<arrays> memory;
  std::deque<stream> streams;

 private:
  static std::size_t array_of(char letter) { return static_cast<std::size_t>(letter - 'a'); }
  stream const& stream_of(char letter) { return streams[array_of(letter)]; }
  char letter_of(std::string const& track) const {
    for (char letter = 'a'; letter < 'e'; ++letter) {
      auto const handle = streams[array_of(letter)].ref().handle();
      if (track.ends_with(" stream " + std::to_string(handle))) return letter;
    }
    return '?';
  }
};

// One letter for each time that the order goes over to another stream.
std::string turns(std::string letters) {
  letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
  return letters;
}

TEST(SimOrderNewest, RunsFirstWhatWasEnqueuedLast) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, sim_order::newest);
    for (char const each : {'b', 'd', 'a', 'c', 'b'}) on.kernels(each, 1);
    on.run_all();
    EXPECT_EQ(on.ran(), "cadbb");
  }
}

TEST(SimOrderEager, OnePollRunsAllThatCanRunAsItWasEnqueued) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, sim_order::eager);
    for (char const each : {'b', 'd', 'a', 'c'}) on.kernels(each, 1);
    event_handle const done = on.mark('d');
    on.kernels('b', 2);
    EXPECT_EQ(on.ran(), "");
    EXPECT_TRUE(on.device->is_done(done));
    EXPECT_EQ(on.ran(), "bdacbb");
  }
}

TEST(SimOrderAtSync, RunsNothingBeforeTheSyncAndThenWhatItNeeds) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, sim_order::at_sync);
    for (char const each : {'a', 'b', 'c', 'd'}) on.kernels(each, 2);
    event_handle const done = on.mark('c');
    for (int polls = 1; polls < 64; ++polls) ASSERT_FALSE(on.device->is_done(done));
    EXPECT_EQ(on.ran(), "");
    on.device->sync(done);
    EXPECT_EQ(on.ran(), "cc");
  }
}

TEST(SimOrderSlowCopies, RunsAKernelOfAnotherStreamBeforeACopyThatSomebodyWaitsFor) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, sim_order::slow_copies);
    on.copies('a', 1);
    event_handle const copied = on.mark('a');
    on.copies('c', 1);
    on.kernels('b', 3);
    on.device->sync(copied);
    EXPECT_EQ(on.ran(), "bbba");
  }
}

TEST(SimOrderSlowCopies, RunsACopyThatSomebodyWaitsForInTheEnd) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, sim_order::slow_copies);
    on.copies('a', 1);
    event_handle const copied = on.mark('a');
    on.kernels('b', 1000);
    on.device->sync(copied);
    EXPECT_LT(on.ran().size(), 500U);
  }
}

TEST(SimOrderStarveStream, RunsOneStreamBehindAllOthers) {
  std::set<char> starved;
  std::size_t behind = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ordered_device on(seed, sim_order::starve_stream);
    for (char const each : {'a', 'b', 'c', 'd'}) on.kernels(each, 5);
    on.run_all();
    std::string const letters = on.ran();
    ASSERT_EQ(letters.size(), 20U);
    starved.insert(letters.back());
    if (letters.find(letters.back()) == 15) ++behind;
  }
  EXPECT_GE(behind, 12U);  // whom it starves may change meanwhile
  EXPECT_EQ(starved.size(), 4U);
}

TEST(SimOrderStarveTask, RunsAllStreamsOfOneTaskBehindThoseOfOthersOnEachDevice) {
  std::set<std::string> last;
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    std::set<std::string> of_devices;
    for (int index = 0; index < 2; ++index) {
      ordered_device on(seed, sim_order::starve_task, index);
      for (char const each : {'a', 'c'}) on.use(each, "task 'one'");
      for (char const each : {'b', 'd'}) on.use(each, "task 'two'");
      for (char const each : {'a', 'b', 'c', 'd'}) on.kernels(each, 5);
      on.run_all();
      std::string letters = on.ran();
      ASSERT_EQ(letters.size(), 20U);
      letters.erase(0, 10);
      std::ranges::sort(letters);
      of_devices.insert(letters);
    }
    ASSERT_EQ(of_devices.size(), 1U);
    last.insert(*of_devices.begin());
  }
  if (seeds().size() == 20) {
    EXPECT_EQ(last, (std::set<std::string>{"aaaaaccccc", "bbbbbddddd"}));
  }
}

TEST(SimOrderPriorities, ChangeAFewTimesWhileTheyRun) {
  std::size_t kept = 0;
  std::size_t changed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ordered_device on(seed, sim_order::priorities);
    on.kernels('a', 100);
    on.kernels('b', 100);
    on.run_all();
    std::size_t const count = turns(on.ran()).size();
    EXPECT_LE(count, 2U + 3U);
    kept += count == 2 ? 1U : 0U;
    changed += count > 2 ? 1U : 0U;
  }
  EXPECT_GE(kept, 3U);
  EXPECT_GE(changed, 3U);
}

// Four streams with one operation each.
std::vector<sim_schedule::candidate> four_streams() {
  std::vector<sim_schedule::candidate> from(4);
  for (std::size_t i = 0; i < from.size(); ++i) from[i].stream = from[i].number = i + 1;
  return from;
}

TEST(SimOrderStarveStream, StarvesAnotherOneNowAndThen) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_schedule schedule(seed, sim_order::starve_stream);
    auto const from = four_streams();
    std::array<int, 4> last{};
    std::array<int, 4> longest{};
    for (int i = 1; i <= 5000; ++i) {
      last[schedule.pick(from, {})] = i;
      for (std::size_t each = 0; each < 4; ++each)
        longest[each] = std::max(longest[each], i - last[each]);
    }
    for (int const each : longest) EXPECT_LT(each, 4000);
    EXPECT_GT(std::ranges::max(longest), 100);
  }
}

TEST(SimOrderAtSync, NeverRunsMoreAtAPollAndNeverEarlier) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_schedule schedule(seed, sim_order::at_sync);
    auto const from = four_streams();
    for (int i = 0; i < 2000; ++i) {
      ASSERT_EQ(schedule.pick(from, 2), 2U);
      ASSERT_EQ(schedule.poll_budget(), 0U);
      ASSERT_EQ(schedule.poll_patience(), 64U);
      ASSERT_GE(schedule.poll_burst(), 1U);
    }
  }
}

TEST(SimOrderUniform, PicksEachAsOftenAsTheOthersAllTheTime) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    sim_schedule schedule(seed, sim_order::uniform);
    auto const from = four_streams();
    for (int part = 0; part < 5; ++part) {
      std::array<int, 4> picked{};
      for (int i = 0; i < 1000; ++i) ++picked[schedule.pick(from, 1)];
      for (int const each : picked) {
        EXPECT_GT(each, 150);
        EXPECT_LT(each, 350);
      }
    }
  }
}

class SimOrderNamed : public testing::TestWithParam<sim_order> {};
INSTANTIATE_TEST_SUITE_P(Each, SimOrderNamed, testing::ValuesIn(orders()),
                         [](auto const& tested) { return std::string(name_of(tested.param)); });

TEST_P(SimOrderNamed, PollingAndSyncingEndBesideWorkOfOthers) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    ordered_device on(seed, GetParam());
    for (char const each : {'a', 'b', 'c', 'd'}) {
      on.use(each, each < 'c' ? "task 'one'" : "task 'two'");
      on.copies(each, 10);
      on.kernels(each, 10);
    }
    for (char const each : {'c', 'a'}) {
      event_handle const done = on.mark(each);
      int polls = 1;
      while (!on.device->is_done(done) && polls < 2000) ++polls;
      EXPECT_LT(polls, 2000);
    }
    for (char const each : {'d', 'b'}) on.device->sync(on.mark(each));
    EXPECT_EQ(on.ran().size(), 80U);
  }
}

TEST_P(SimOrderNamed, IsTheSameForTheSameSeedAndIsToldByTheDevice) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    std::set<std::string> all;
    for (int i = 0; i < 2; ++i) {
      ordered_device on(seed, GetParam());
      EXPECT_TRUE(on.device->info().name.ends_with(", order " + std::string(name_of(GetParam()))));
      for (char const each : {'a', 'b', 'c', 'd', 'a', 'c'}) on.kernels(each, 5);
      on.run_all();
      all.insert(on.ran());
    }
    EXPECT_EQ(all.size(), 1U);
  }
}

// What a schedule without a name says to questions of all kinds.
std::uint64_t choices_of(std::uint64_t seed) {
  sim_schedule schedule(seed);
  std::vector<sim_schedule::candidate> from;
  std::uint64_t hash = 0;
  auto const add = [&](std::uint64_t value) { hash = mixed(hash * 31 + value + 1); };
  for (std::uint64_t i = 0; i < 2000; ++i) {
    from.assign(1 + i % 5, {});
    for (std::uint64_t s = 0; s < from.size(); ++s) {
      from[s].stream = 1 + (i + 3 * s) % 7;
      from[s].number = mixed(8 * i + s + 1) % 1000;
    }
    std::optional<std::size_t> needed;
    if (i % 3 == 0) needed = i / 3 % from.size();
    add(schedule.pick(from, needed));
    add(schedule.poll_budget());
    add(schedule.poll_patience());
    if (i % 4 == 0) add(schedule.poll_burst());
    add(schedule.reads_pageable_at_call() ? 1 : 0);
  }
  return hash;
}

// A seed that somebody wrote down means the same as ever: these are of the time before there were
// names.
TEST(SimSchedule, WithoutANameASeedChoosesAsEver) {
  constexpr std::array<std::uint64_t, 20> chosen{
      0x683342080f95add2u, 0xe8e2d5365f76e85fu, 0xdb44d62d30f52a99u, 0x80af337f84c059e9u,
      0x8ccfd0ad397a6050u, 0x229f3e73706648b0u, 0x0f103591951e5100u, 0x47f4630aac6f0ff1u,
      0x1e095a5b20817a70u, 0x9568bd2d8f8f9773u, 0xdb1311c09b54bbf5u, 0xd4bc363873786032u,
      0xbfb339792e3e5cbcu, 0x36e51f1ad4e03874u, 0x671291b0cb69098du, 0x9f1fe2aa92ac1050u,
      0x3d11f2d37d7a4309u, 0xa7d6f629bcaf11b0u, 0x18bf1879265e2804u, 0xd3f9eec1ab817dceu};
  for (std::uint64_t seed = 1; seed <= chosen.size(); ++seed)
    EXPECT_EQ(choices_of(seed), chosen[seed - 1]) << seed_line(seed);
}

}  // namespace
}  // namespace sluice::test
