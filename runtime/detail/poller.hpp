// Jobs that wait for events of devices: asked for by polling, one thread at a time.
//
//   Owner    holds the events until they are done; the jobs belong to their submitters.
//   Threads  any. Whoever polls while another thread does returns at once.
//   Streams  events of one stream come true in order, but the stream of an event is not known here:
//            each pass asks every event, oldest registration first.
//   Errors   an event that throws is done: its job asks it again and meets the error.
//            add() may throw bad_alloc, and has done nothing then.
//   Flow     executor.when_done -> poller -> ready job

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/job.hpp>

namespace sluice::detail {

bool is_settled(event const& asked) noexcept;  // done or failed

class poller {
 public:
  void add(event awaited, job& then);

  // Awaited events whose jobs were not handed over yet.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_seq_cst); }
  // All registrations so far: tells a poller that there is something new to ask.
  std::uint64_t added() const noexcept { return added_.load(std::memory_order_relaxed); }

  // True at most once per `interval`: for threads that have other things to do.
  bool is_due(std::chrono::nanoseconds now, std::chrono::nanoseconds interval) noexcept;

  // Asks each event once and hands the jobs of those done to `ready(job&)`, which makes them
  // visible as queued work; only then do they stop counting as pending. Returns how many there
  // were.
  template <class Ready>
  std::size_t poll(Ready&& ready) {
    std::unique_lock const lock(polling_, std::try_to_lock);
    if (!lock.owns_lock()) return 0;
    take_incoming();
    std::size_t kept = 0;
    std::size_t done = 0;
    for (std::size_t i = 0; i < awaited_.size(); ++i) {
      if (is_settled(awaited_[i].what)) {
        awaited_[i].what = event();
        ready(*awaited_[i].then);
        pending_.fetch_sub(1, std::memory_order_seq_cst);
        ++done;
      } else {
        if (kept != i) awaited_[kept] = std::move(awaited_[i]);
        ++kept;
      }
    }
    awaited_.erase(awaited_.begin() + static_cast<std::ptrdiff_t>(kept), awaited_.end());
    return done;
  }

 private:
  struct entry {
    event what;
    job* then;
  };

  void take_incoming();

  std::atomic<std::size_t> pending_{0};
  std::atomic<std::uint64_t> added_{0};
  std::atomic<std::int64_t> last_poll_ns_{0};

  std::mutex polling_;  // guards awaited_
  std::vector<entry> awaited_;

  std::mutex mutex_;  // guards incoming_; taken inside polling_
  std::vector<entry> incoming_;
};

}  // namespace sluice::detail
