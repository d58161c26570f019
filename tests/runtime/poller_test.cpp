// Jobs behind events of devices: handed over once, when the event is done, whatever its outcome.

#include <sluice/runtime/detail/poller.hpp>

#include <cstddef>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <support/jobs.hpp>
#include <support/manual_device.hpp>
#include <support/places.hpp>

namespace sluice::test {
namespace {

class Poller : public testing::Test {
 protected:
  std::vector<detail::job*> poll() {
    std::vector<detail::job*> ready;
    poller_.poll([&](detail::job& each) { ready.push_back(&each); });
    return ready;
  }

  manual_device device_;
  detail::poller poller_;
  job_box jobs_;
};

TEST_F(Poller, HandsOverOnlyTheJobsWhoseEventsAreDoneInTheOrderTheyWereAdded) {
  std::vector<manual_device::manual_event> events;
  std::vector<detail::job*> jobs;
  for (int i = 0; i < 5; ++i) {
    events.push_back(device_.make_event());
    jobs.push_back(&jobs_.make([] {}));
    poller_.add(events.back().what, *jobs.back());
  }
  EXPECT_TRUE(poll().empty());

  events[3].finish();
  events[1].finish();

  EXPECT_EQ(poll(), (std::vector{jobs[1], jobs[3]}));
  EXPECT_EQ(poller_.pending(), 3U);
  for (auto& each : events) each.finish();
  EXPECT_EQ(poll(), (std::vector{jobs[0], jobs[2], jobs[4]}));
  EXPECT_EQ(poller_.pending(), 0U);
}

TEST_F(Poller, TakesAFailedEventAsDone) {
  auto failed = device_.make_event();
  auto& behind = jobs_.make([] {});
  poller_.add(failed.what, behind);

  failed.fail();

  EXPECT_EQ(poll(), std::vector{&behind});
}

TEST_F(Poller, CountsAnEventAsPendingUntilItsJobWasHandedOver) {
  auto done = device_.make_event();
  poller_.add(done.what, jobs_.make([] {}));
  done.finish();
  std::size_t pending_meanwhile = 0;

  poller_.poll([&](detail::job&) { pending_meanwhile = poller_.pending(); });

  EXPECT_EQ(pending_meanwhile, 1U);
  EXPECT_EQ(poller_.pending(), 0U);
}

TEST_F(Poller, AsksWithOneThreadAtATime) {
  auto done = device_.make_event();
  poller_.add(done.what, jobs_.make([] {}));
  done.finish();
  std::size_t asked_meanwhile = 0;

  poller_.poll([&](detail::job&) {
    auto const before = device_.asked();
    std::thread([&] { poller_.poll([](detail::job&) {}); }).join();
    asked_meanwhile = device_.asked() - before;
  });

  EXPECT_EQ(asked_meanwhile, 0U);
}

TEST_F(Poller, TakesNewEventsWhileItHandsOverOthers) {
  auto done = device_.make_event();
  auto late = device_.make_event();
  auto& behind_late = jobs_.make([] {});
  poller_.add(done.what, jobs_.make([] {}));
  done.finish();
  late.finish();

  poller_.poll([&](detail::job&) { poller_.add(late.what, behind_late); });

  EXPECT_EQ(poller_.pending(), 1U);
  EXPECT_EQ(poll(), std::vector{&behind_late});
}

TEST_F(Poller, IsDueOncePerInterval) {
  using std::chrono::nanoseconds;
  EXPECT_TRUE(poller_.is_due(nanoseconds(100), nanoseconds(20)));
  EXPECT_FALSE(poller_.is_due(nanoseconds(119), nanoseconds(20)));
  EXPECT_TRUE(poller_.is_due(nanoseconds(120), nanoseconds(20)));
  EXPECT_FALSE(poller_.is_due(nanoseconds(121), nanoseconds(20)));
}

TEST_F(Poller, HandsOverEachJobOnceWhenEventsComeTrueInAnyOrder) {
  for (auto const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    std::mt19937_64 random(seed);
    std::vector<manual_device::manual_event> waiting;
    std::size_t added = 0;
    std::size_t handed_over = 0;
    for (int step = 0; step < 300; ++step) {
      if (random() % 2 == 0) {
        waiting.push_back(device_.make_event());
        poller_.add(waiting.back().what, jobs_.make([] {}));
        ++added;
      } else if (!waiting.empty()) {
        std::swap(waiting[random() % waiting.size()], waiting.back());
        waiting.back().finish();
        waiting.pop_back();
      }
      if (random() % 4 == 0) {
        handed_over += poll().size();
        ASSERT_EQ(handed_over, added - waiting.size());
        ASSERT_EQ(poller_.pending(), waiting.size());
      }
    }
    for (auto& each : waiting) each.finish();
    EXPECT_EQ(handed_over + poll().size(), added);
  }
}

}  // namespace
}  // namespace sluice::test
