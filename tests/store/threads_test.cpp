// C8, C11, C15 with many threads: chunks made, staged, read and dropped at once while a spiller
// works. A lost wake-up hangs, a wrong byte, a leak or a limit that is passed fails.

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

class signal_box {
 public:
  static void raise(void* who) noexcept {
    auto& self = *static_cast<signal_box*>(who);
    std::scoped_lock const lock(self.mutex_);
    self.raised_ = true;
    self.changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return raised_; });
    raised_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

// Spills when it is called for, as the runtime does.
class spilling_thread {
 public:
  explicit spilling_thread(object_store& store) : store_(store), thread_([this] { run(); }) {
    store.on_waiter(&signal_box::raise, &called_);
  }
  ~spilling_thread() {
    store_.on_waiter(nullptr, nullptr);
    done_.store(true);
    signal_box::raise(&called_);
    thread_.join();
  }

 private:
  void run() {
    for (;;) {
      called_.wait();
      if (done_.load()) return;
      for (;;) {
        spill_result const result = store_.spill();
        if (result.outcome == spill_outcome::pending)
          result.done.sync();
        else if (result.outcome != spill_outcome::moved)
          break;
      }
    }
  }

  object_store& store_;
  signal_box called_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// What several threads hand to each other.
class exchange {
 public:
  std::pair<chunk, std::uint64_t> swap(chunk mine, std::uint64_t content, std::size_t at) {
    std::scoped_lock const lock(mutex_);
    auto& slot = slots_[at % slots_.size()];
    std::pair<chunk, std::uint64_t> theirs = std::move(slot);
    slot = {std::move(mine), content};
    return theirs;
  }
  std::pair<chunk, std::uint64_t> look(std::size_t at) {
    std::scoped_lock const lock(mutex_);
    return slots_[at % slots_.size()];
  }
  void clear() { slots_ = {}; }

 private:
  std::mutex mutex_;
  std::array<std::pair<chunk, std::uint64_t>, 24> slots_;
};

class worker {
 public:
  worker(object_store& store, event_pool& events, exchange& shared, std::uint64_t seed)
      : store_(store), stream_(events), shared_(shared), random_(seed) {}

  void run(std::size_t steps) {
    for (std::uint64_t i = 0; i < steps; ++i) {
      age_ = i;
      std::uint64_t const content = random_();
      auto const [old, expected] = shared_.swap(make(content), content, random_());
      check(shared_.look(random_()));
      if (old) check({old, expected});
    }
    stream_.ref().sync();
  }
  std::atomic<std::size_t> wrong{0};

 private:
  static std::size_t size_of(std::uint64_t content) { return 1 + content % (2 * kib); }

  std::unique_ptr<memory_request> acquire(std::span<location const> pools, std::size_t size) {
    auto request = std::make_unique<memory_request>(store_, pools, size, age_);
    signal_box box;
    if (!request->start(&signal_box::raise, &box)) box.wait();
    return request;
  }
  chunk make(std::uint64_t content) {
    std::array const choices{in_host, in_pinned, on_device};
    location const where = choices[random_() % 3];
    bool const device = where == on_device;
    bytes const source = content_of(content, size_of(content));
    auto const request = acquire(std::array{where}, source.size());
    writer<std::byte> out(request->take_writer(device ? stream_.ref() : stream_ref()));
    if (!device) {
      std::memcpy(out.span().data(), source.data(), source.size());
      return std::move(out).seal();
    }
    stream_.ref().copy(address::of(raw_view::data(out.view())), address::of(source.data()),
                       source.size(), copy_direction::host_to_device);
    chunk made = std::move(out).seal();
    stream_.ref().sync();  // the source is gone with this call
    return made;
  }
  reading<std::byte> open_at(chunk const& source, location reach, stream_ref on) {
    for (;;) {
      read_attempt attempt = store_.try_read(source, reach, on);
      if (auto* const ready = std::get_if<detail::reading_base>(&attempt))
        return reading<std::byte>(std::move(*ready));
      if (auto* const wait = std::get_if<needs_event>(&attempt)) {
        wait->done.sync();
        continue;
      }
      auto const& needed = std::get<needs_memory>(attempt).pools;
      auto const target = acquire(needed, store_.stage_bytes(source));
      store_.stage(source, *target, on);
    }
  }
  void check(std::pair<chunk, std::uint64_t> const& given) {
    if (!given.first) return;
    bytes const expected = content_of(given.second, size_of(given.second));
    bytes seen(expected.size());
    if (random_() % 2 == 0) {
      auto const open = open_at(given.first, in_host, stream_ref());
      std::memcpy(seen.data(), open.span().data(), seen.size());
    } else {
      auto open = open_at(given.first, on_device, stream_.ref());
      stream_.ref().copy(address::of(seen.data()), address::of(raw_view::data(open.view())),
                         seen.size(), copy_direction::device_to_host);
      open.close();
      stream_.ref().sync();
    }
    if (seen != expected) wrong.fetch_add(1);
  }

  object_store& store_;
  stream stream_;
  exchange& shared_;
  std::mt19937_64 random_;
  std::uint64_t age_ = 0;
};

}  // namespace

class Threads : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Threads, testing::ValuesIn(places()), place_name);

TEST_P(Threads, ShareAStoreThatSpillsAllTheTime) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam(), 5)) {
    SCOPED_TRACE(seed_line(seed));
    store_limits limits;
    limits.device = limits.pinned = limits.host = 12 * kib;
    auto device = open(GetParam(), seed);
    driver& of = *device;
    store_world world(GetParam(), limits, std::move(device));
    event_pool events(of);
    exchange shared;
    std::atomic<bool> done{false};
    std::atomic<bool> over{false};
    {
      spilling_thread const spiller(world.store());
      std::array<std::unique_ptr<worker>, 3> workers;
      std::array<std::thread, 3> threads;
      for (std::size_t t = 0; t < 3; ++t) {
        workers[t] = std::make_unique<worker>(world.store(), events, shared, seed * 10 + t);
        threads[t] = std::thread([&each = *workers[t]] { each.run(150); });
      }
      std::thread observer([&] {
        while (!done.load())
          for (location const each : {in_host, in_pinned, on_device})
            if (world.store().figures(each).used_bytes > 12 * kib) over.store(true);
      });
      for (std::thread& each : threads) each.join();
      done.store(true);
      observer.join();
      for (auto const& each : workers) EXPECT_EQ(each->wrong, 0u);
    }
    EXPECT_FALSE(over.load());
    EXPECT_GT(world.store().spilled_bytes(), 0u);
    shared.clear();
    for (location const each : {in_host, in_pinned, on_device, on_disk}) {
      EXPECT_EQ(world.kept(each), 0u) << name_of(each);
      EXPECT_LE(world.peak(each), world.store().figures(each).limit_bytes);
    }
    world.destroy_store();
  }
}

// One chunk, wanted at once in one place by all: one replica is made, and all get it.
TEST_P(Threads, StageOneChunkTogether) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(GetParam(), 5)) {
    SCOPED_TRACE(seed_line(seed));
    store_limits limits;
    limits.device = limits.pinned = limits.host = 64 * kib;
    store_world world(GetParam(), limits, open(GetParam(), seed));
    chunk const made = world.make(on_device, 4 * kib, 1);
    std::atomic<int> wrong{0};
    std::array<std::thread, 4> threads;
    for (std::thread& thread : threads)
      thread = std::thread([&] {
        for (;;) {
          read_attempt attempt = world.store().try_read(made, in_host, stream_ref());
          if (auto* const wait = std::get_if<needs_event>(&attempt)) {
            wait->done.sync();
          } else if (auto* const needed = std::get_if<needs_memory>(&attempt)) {
            memory_request target(world.store(), needed->pools, 4 * kib, 1);
            if (!target.start([](void*) noexcept {}, nullptr)) wrong.fetch_add(1);
            world.store().stage(made, target, stream_ref());
          } else {
            reading<std::byte> const open(std::move(std::get<detail::reading_base>(attempt)));
            bytes const seen(open.span().begin(), open.span().end());
            if (seen != content_of(1, 4 * kib)) wrong.fetch_add(1);
            return;
          }
        }
      });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(world.where(made).size(), 2u);
    // Who came second has a copy of its own under way; each question moves the device on.
    auto const used = [&] { return world.used(in_pinned) + world.used(in_host); };
    for (int asked = 0; asked < 100000 && used() != 4 * kib; ++asked) std::this_thread::yield();
    EXPECT_EQ(used(), 4 * kib);
  }
}

}  // namespace sluice::test
