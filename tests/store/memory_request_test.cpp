// C15: requests are served oldest first, limits hold, what can never fit is refused at once, and no
// release of memory forgets who waits.

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

// Counts its wakes.
struct sleeper {
  static void wake(void* who) noexcept { static_cast<sleeper*>(who)->wakes.fetch_add(1); }
  bool start(memory_request& request) { return request.start(&wake, this); }
  std::atomic<int> wakes{0};
};

store_limits tight() {
  store_limits limits;
  limits.device = 16 * kib;
  limits.pinned = 16 * kib;
  limits.host = 16 * kib;
  return limits;
}

}  // namespace

TEST(MemoryRequest, IsGrantedAtOnceWhereThereIsRoom) {
  store_world world(place(), tight());
  sleeper who;
  auto const request = world.ask({in_host}, 10 * kib);
  EXPECT_FALSE(request->granted());
  EXPECT_TRUE(who.start(*request));
  EXPECT_TRUE(request->granted());
  EXPECT_EQ(world.used(in_host), 10 * kib);
  EXPECT_EQ(who.wakes, 0);
  EXPECT_FALSE(world.store().has_waiters());
  EXPECT_THROW(who.start(*request), misuse);
}

TEST(MemoryRequest, GivesBackWhatWasGrantedAndNotTaken) {
  store_world world(place(), tight());
  world.acquire({in_host}, 10 * kib);
  EXPECT_EQ(world.used(in_host), 0u);
  EXPECT_EQ(world.peak(in_host), 10 * kib);
}

TEST(MemoryRequest, WakesTheWaiterOnceWhenMemoryComesBack) {
  store_world world(place(), tight());
  sleeper who;
  auto const first = world.acquire({in_host}, 10 * kib);
  auto const second = world.ask({in_host}, 10 * kib);
  EXPECT_FALSE(who.start(*second));
  EXPECT_FALSE(second->granted());
  EXPECT_TRUE(world.store().has_waiters());
  first->take_writer(stream_ref());
  EXPECT_EQ(who.wakes, 1);
  EXPECT_TRUE(second->granted());
  EXPECT_FALSE(second->withdraw());
  EXPECT_FALSE(world.store().has_waiters());
}

TEST(MemoryRequest, IsServedOldestFirstWhateverTheOrderOfStarting) {
  store_world world(place(), tight());
  std::array<sleeper, 3> who;
  auto all = world.acquire({in_host}, 16 * kib);
  auto const young = world.ask({in_host}, 12 * kib, 30);
  auto const old = world.ask({in_host}, 12 * kib, 10);
  auto const middle = world.ask({in_host}, 12 * kib, 20);
  EXPECT_FALSE(who[0].start(*young));
  EXPECT_FALSE(who[1].start(*old));
  EXPECT_FALSE(who[2].start(*middle));
  EXPECT_EQ(world.store().oldest_waiter(), old.get());
  EXPECT_EQ(world.store().youngest_waiter(), young.get());
  all.reset();
  EXPECT_TRUE(old->granted());
  EXPECT_FALSE(middle->granted());
  old->take_writer(stream_ref());
  EXPECT_TRUE(middle->granted());
  EXPECT_FALSE(young->granted());
}

TEST(MemoryRequest, ServesEqualAgesInTheOrderOfStarting) {
  store_world world(place(), tight());
  sleeper who;
  auto all = world.acquire({in_host}, 16 * kib);
  std::vector<std::unique_ptr<memory_request>> asked;
  for (std::size_t i = 0; i < 5; ++i) {
    asked.push_back(world.ask({in_host}, 16 * kib, 77));
    EXPECT_FALSE(who.start(*asked.back()));
  }
  all.reset();
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(asked[k]->granted(), k <= i) << i << ' ' << k;
    asked[i]->take_writer(stream_ref());
  }
}

TEST(MemoryRequest, NeverPassesAnOlderOneThatWaitsForTheSamePool) {
  store_world world(place(), tight());
  sleeper who;
  auto held = world.acquire({in_host}, 8 * kib);
  auto const large = world.ask({in_host}, 12 * kib, 10);
  auto const little = world.ask({in_host}, 1 * kib, 20);
  auto const elsewhere = world.ask({in_pinned}, 1 * kib, 30);
  auto const either = world.ask({in_host, in_pinned}, 1 * kib, 40);
  auto const ahead = world.ask({in_host}, 1 * kib, 5);
  EXPECT_FALSE(who.start(*large));
  EXPECT_FALSE(who.start(*little)) << "it would fit, but an older one waits";
  EXPECT_TRUE(who.start(*elsewhere));
  EXPECT_TRUE(who.start(*either)) << "nobody waits for pinned memory";
  EXPECT_EQ(world.used(in_pinned), 2 * kib);
  EXPECT_TRUE(who.start(*ahead)) << "it is older than the one that waits";
  held.reset();
  EXPECT_TRUE(large->granted());
  EXPECT_TRUE(little->granted());
}

TEST(MemoryRequest, NeverPassesAnOlderOneForWhichThatPoolIsTheSecondChoice) {
  store_world world(place(), tight());
  sleeper who;
  auto const first = world.acquire({in_pinned}, 12 * kib);
  auto second = world.acquire({in_host}, 12 * kib);
  auto const large = world.ask({in_pinned, in_host}, 8 * kib, 10);
  auto const little = world.ask({in_host}, 1 * kib, 20);
  EXPECT_FALSE(who.start(*large));
  EXPECT_FALSE(who.start(*little)) << "it would fit, but an older one waits";
  second.reset();
  EXPECT_TRUE(large->granted());
  EXPECT_TRUE(little->granted());
}

TEST(MemoryRequest, LeavesWhatIsFreedToAnOlderOneThatNeedsMore) {
  store_world world(place(), tight());
  std::array<sleeper, 2> who;
  auto first = world.acquire({in_host}, 10 * kib);
  auto second = world.acquire({in_host}, 6 * kib);
  auto const large = world.ask({in_host}, 16 * kib);
  auto const little = world.ask({in_host}, 1 * kib);
  EXPECT_FALSE(who[0].start(*large));
  EXPECT_FALSE(who[1].start(*little));
  first.reset();
  EXPECT_FALSE(little->granted());
  second.reset();
  EXPECT_TRUE(large->granted());
  EXPECT_FALSE(little->granted());
}

TEST(MemoryRequest, ThatLeavesTheQueueLetsThoseBehindItThrough) {
  store_world world(place(), tight());
  sleeper first;
  sleeper second;
  auto held = world.acquire({in_host}, 8 * kib);
  auto const large = world.ask({in_host}, 12 * kib);
  auto const little = world.ask({in_host}, 1 * kib);
  EXPECT_FALSE(first.start(*large));
  EXPECT_FALSE(second.start(*little));
  EXPECT_TRUE(large->withdraw());
  EXPECT_TRUE(large->withdraw());
  EXPECT_TRUE(little->granted());
  EXPECT_EQ(second.wakes, 1);
  held.reset();
  EXPECT_EQ(first.wakes, 0);
  EXPECT_FALSE(large->granted());
}

TEST(MemoryRequest, TriesItsPoolsInOrder) {
  store_world world(place(), tight());
  sleeper who;
  auto const first = world.acquire({on_device, in_pinned, in_host}, 10 * kib);
  auto const second = world.acquire({on_device, in_pinned, in_host}, 10 * kib);
  auto const third = world.acquire({on_device, in_pinned, in_host}, 10 * kib);
  EXPECT_EQ(world.used(on_device), 10 * kib);
  EXPECT_EQ(world.used(in_pinned), 10 * kib);
  EXPECT_EQ(world.used(in_host), 10 * kib);
  auto const fourth = world.ask({on_device, in_host}, 10 * kib);
  EXPECT_FALSE(who.start(*fourth));
  auto taken = first->take_writer(world.on());
  taken = detail::writer_base();
  EXPECT_TRUE(fourth->granted());
  EXPECT_EQ(fourth->take_writer(world.on()).where(), on_device);
}

TEST(MemoryRequest, OfNoBytesIsAlwaysGranted) {
  store_world world(place(), tight());
  sleeper who;
  auto const all = world.acquire({in_host}, 16 * kib);
  auto const waiting = world.ask({in_host}, 1);
  EXPECT_FALSE(who.start(*waiting));
  auto const nothing = world.ask({in_host}, 0);
  EXPECT_TRUE(who.start(*nothing));
  writer<std::byte> const out(nothing->take_writer(stream_ref()));
  EXPECT_EQ(out.size(), 0u);
  EXPECT_EQ(out.where(), in_host);
}

// C15: before anything is moved out of the way.
TEST(MemoryRequest, ThatCanNeverFitIsRefusedWithTheArithmetic) {
  store_world world(place(), tight());
  for (location const each : {on_device, in_pinned, in_host}) {
    SCOPED_TRACE(name_of(each));
    auto const fits = world.acquire({each}, 16 * kib);
    EXPECT_EQ(world.used(each), 16 * kib);
    try {
      world.ask({each}, 16 * kib + 1);
      ADD_FAILURE() << "one byte too much was accepted";
    } catch (object_too_large const& refused) {
      EXPECT_EQ(refused.asked_bytes(), 16 * kib + 1);
      EXPECT_EQ(refused.limit_bytes(), 16 * kib);
    }
  }
  EXPECT_THROW(world.ask({in_host}, SIZE_MAX), object_too_large);
  EXPECT_THROW(world.ask({in_host}, SIZE_MAX - 4096), object_too_large);
  EXPECT_THROW(world.ask({on_disk}, 1), misuse);
  EXPECT_THROW(world.ask({}, 1), misuse);
  EXPECT_THROW(world.ask({location(tier::device, 1)}, 1), misuse);
}

TEST(MemoryRequest, KnowsNoPinnedMemoryWithoutADevice) {
  store_limits limits = tight();
  limits.device = 0;
  store_world world(place(), limits);
  EXPECT_EQ(world.store().figures(in_pinned).limit_bytes, 0u);
  EXPECT_THROW(world.ask({in_pinned}, 1), object_too_large);
  EXPECT_EQ(world.acquire({in_pinned, in_host}, 1)->take_writer(stream_ref()).where(), in_host);
}

// C15
TEST(MemoryRequest, IsChargedWhatIsReallyAllocated) {
  store_world world(place(), tight());
  for (location const each : {on_device, in_pinned, in_host}) {
    auto const one = world.acquire({each}, 1);
    EXPECT_EQ(world.used(each), 256u);
    auto const more = world.acquire({each}, 257);
    EXPECT_EQ(world.used(each), 768u);
  }
  store_limits limits;
  limits.host = 1 << 20;
  store_world roomy(place(), limits);
  auto const large = roomy.acquire({in_host}, 100 * kib + 1);
  EXPECT_EQ(roomy.used(in_host), 104 * kib);
}

// A wake that comes under a lock would deadlock here.
TEST(MemoryRequest, WakesOutsideAllLocks) {
  store_world world(place(), tight());
  struct taker {
    static void wake(void* who) noexcept {
      auto& self = *static_cast<taker*>(who);
      self.taken = writer<std::byte>(self.request->take_writer(stream_ref()));
      self.used = self.world->used(in_host);
    }
    store_world* world;
    memory_request* request;
    writer<std::byte> taken;
    std::size_t used = 0;
  };
  auto held = world.acquire({in_host}, 16 * kib);
  auto const request = world.ask({in_host}, 4 * kib);
  taker who;
  who.world = &world;
  who.request = request.get();
  EXPECT_FALSE(request->start(&taker::wake, &who));
  held.reset();
  EXPECT_EQ(who.taken.size(), 4 * kib);
  EXPECT_EQ(who.used, 4 * kib);
}

namespace {

struct blocking {
  static void wake(void* who) noexcept {
    auto& self = *static_cast<blocking*>(who);
    std::scoped_lock const lock(self.mutex);
    self.woken = true;
    self.changed.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return woken; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
};

}  // namespace

// Every wake that is lost hangs this test.
TEST(MemoryRequest, FromManyThreadsAreAllServedWithinTheLimits) {
  for (std::uint64_t const seed : seeds(5)) {
    SCOPED_TRACE(seed_line(seed));
    store_world world(place(), tight());
    object_store& store = world.store();
    std::atomic<bool> done{false};
    std::atomic<bool> over{false};
    std::thread observer([&] {
      while (!done.load())
        for (location const each : {in_host, in_pinned, on_device})
          if (store.figures(each).used_bytes > 16 * kib) over.store(true);
    });
    std::vector<std::thread> workers(4);
    for (std::uint64_t t = 0; t < 4; ++t)
      workers[t] = std::thread([&, t] {
        std::mt19937_64 random(seed * 100 + t);
        std::array const choices{in_host, in_pinned, on_device};
        for (std::uint64_t i = 0; i < 400; ++i) {
          std::vector<location> chosen{choices[random() % 3]};
          if (random() % 2 == 0) chosen.push_back(choices[random() % 3]);
          memory_request request(store, chosen, random() % (16 * kib), i);
          blocking who;
          bool const now = request.start(&blocking::wake, &who);
          if (!now && random() % 8 == 0 && request.withdraw()) continue;
          if (!now) who.wait();
          ASSERT_TRUE(request.granted());
        }
      });
    for (std::thread& each : workers) each.join();
    done.store(true);
    observer.join();
    EXPECT_FALSE(over.load());
    for (location const each : {in_host, in_pinned, on_device}) {
      EXPECT_EQ(world.used(each), 0u);
      EXPECT_LE(world.peak(each), 16 * kib);
    }
  }
}

}  // namespace sluice::test
