// The simulated device under several threads, each with its stream. ThreadSanitizer builds run
// these too.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <sluice/cuda/detail/random.hpp>
#include <sluice/cuda/trace.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

std::unique_ptr<driver> sim(std::uint64_t seed, trace* log = nullptr,
                            std::optional<kernel_watch> watch = {}) {
  sim_options options;
  options.watch_kernels = watch;
  options.seed = seed;
  options.memory_bytes = std::size_t{1} << 20;
  options.log = log;
  return open_sim(options);
}

// An array in device memory with what a store keeps about it: who wrote it, who reads it, and, for
// the test, what it must hold.
struct slot {
  std::mutex mutex;
  event written;
  std::vector<event> reads;
  std::uint32_t expected = 0;
};

constexpr std::size_t slot_count = 8;

class traffic {
 public:
  traffic(driver& device, std::uint64_t seed)
      : memory_(device, 64, slot_count), pool_(device), seed_(seed) {
    stream const first(pool_);
    for (std::size_t i = 0; i < slot_count; ++i) memory_.put(first, i, 0);
    first.ref().sync();
  }

  void run(std::size_t thread, std::size_t steps) {
    detail::seeded_random random(seed_ * 64 + thread);
    stream mine(pool_);
    for (std::size_t i = 0; i < steps; ++i) {
      std::size_t const from = random.below(slot_count);
      std::size_t const to = (from + 1 + random.below(slot_count - 1)) % slot_count;
      event const done = add(mine, from, to, static_cast<std::uint32_t>(random.below(1000)));
      switch (random.below(8)) {
        case 0:
          done.sync();
          break;
        case 1:
          mine = stream(pool_);
          break;
        default:
          done.is_done();
          break;
      }
    }
  }

  void check() {
    stream const last(pool_);
    for (std::size_t i = 0; i < slot_count; ++i) {
      last.ref().wait(slots_[i].written, wait_reason::input_written);
      EXPECT_EQ(memory_.read(last, i), all(slots_[i].expected, 64)) << "slot " << i;
    }
  }

 private:
  event add(stream const& on, std::size_t from, std::size_t to, std::uint32_t value) {
    slot& source = slots_[from];
    slot& target = slots_[to];
    std::scoped_lock const lock(source.mutex, target.mutex);
    on.ref().wait(source.written, wait_reason::input_written);
    on.ref().wait(target.written, wait_reason::memory_reused);
    for (event const& each : target.reads) on.ref().wait(each, wait_reason::memory_reused);
    memory_.device.note_freed(memory_.at(to), memory_.bytes());
    memory_.device.note_allocated(allocation_note(memory_.at(to), memory_.bytes()));
    memory_.add(on, from, to, value);
    target.expected = source.expected + value;
    target.written = on.ref().record();
    target.reads.clear();
    source.reads.push_back(target.written);
    return target.written;
  }

  arrays memory_;
  event_pool pool_;
  std::uint64_t const seed_;
  std::array<slot, slot_count> slots_;
};

TEST(SimThreads, ShareOneDeviceWithoutLosingOrder) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    trace log;
    auto const device = sim(seed, &log);
    traffic on(*device, seed);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (std::size_t i = 0; i < 4; ++i) threads.emplace_back([&on, i] { on.run(i, 150); });
    for (auto& each : threads) each.join();
    on.check();
    EXPECT_GE(log.size(), 4u * 150u);
  }
}

struct meeting {
  std::atomic<int> here{0};
};

// Ends only when two of it run at a time.
struct meeting_body {
  static constexpr char const* name = "meeting";
  template <class Exec>
  static void run(Exec const&, meeting* at) {
    at->here.fetch_add(1, std::memory_order_acq_rel);
    while (at->here.load(std::memory_order_acquire) < 2) std::this_thread::yield();
  }
};

TEST(SimThreads, RunOperationsOfDifferentStreamsSideBySide) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = sim(seed, nullptr, kernel_watch::nothing);  // watched ones run alone
    event_pool pool(*device);
    meeting at;
    stream const one(pool), two(pool);
    launch(one.ref()).run<meeting_body>(&at);
    launch(two.ref()).run<meeting_body>(&at);
    event const first = one.ref().record();
    event const second = two.ref().record();
    std::thread other([&] { first.sync(); });
    second.sync();
    other.join();
    EXPECT_EQ(at.here.load(), 2);
  }
}

struct gate {
  std::atomic<bool> entered{false};
  std::atomic<bool> open{false};
};

struct gate_body {
  static constexpr char const* name = "gate";
  template <class Exec>
  static void run(Exec const&, gate* at) {
    at->entered.store(true, std::memory_order_release);
    while (!at->open.load(std::memory_order_acquire)) std::this_thread::yield();
  }
};

// Would hang if a poll or a call waited for the operation that runs.
TEST(SimThreads, PollsAndCallsDoNotWaitForARunningOperation) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = sim(seed, nullptr, kernel_watch::nothing);  // it runs beside the calls
    event_pool pool(*device);
    arrays memory(*device);
    gate at;
    stream const one(pool), two(pool);
    launch(one.ref()).run<gate_body>(&at);
    event const held = one.ref().record();
    std::thread other([&] { held.sync(); });
    while (!at.entered.load(std::memory_order_acquire)) std::this_thread::yield();
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(held.is_done());
    memory.fill(two, 0, 7);
    memory.fill(one, 1, 8);
    EXPECT_EQ(memory.read(two, 0), all(7)) << "another stream could not go on";
    device->note_freed(memory.at(2), memory.bytes());
    at.open.store(true, std::memory_order_release);
    other.join();
    EXPECT_EQ(memory.read(one, 1), all(8));
  }
}

}  // namespace
}  // namespace sluice::test
