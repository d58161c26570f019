// Work that no worker's own deque holds: jobs from outside, and those that stand behind all others.
//
//   Owner    links jobs through job::next; allocates nothing.
//   Threads  any; a mutex. looks_empty() reads one atomic.
//   Flow     executor.submit, submit_last -> injection_queue -> worker
//
// Two lists, each first in, first out. `first` jobs may run at any time. A `last` job runs when its
// taker found nothing else, or, for fairness under steady load, when everything that was queued
// before it is gone: take_last() learns from the taker how far its own deque has come.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

#include <sluice/runtime/detail/job.hpp>

namespace sluice::detail {

class injection_queue {
 public:
  // What was ahead of the oldest last job when a taker first saw it. One per taker.
  struct last_watch {
    std::uint64_t job = std::numeric_limits<std::uint64_t>::max();  // its number
    std::uint64_t firsts = 0;                                       // first jobs ahead
    std::int64_t own_end = 0;                                       // of the taker's deque
  };

  // Visible to a looks_empty() that comes later in the order of seq_cst operations.
  void push_first(job& work) noexcept { push(first_, work); }
  void push_last(job& work) noexcept { push(last_, work); }

  bool looks_empty() const noexcept { return size_.load(std::memory_order_seq_cst) == 0; }

  // A chain through job::next of up to `many` first jobs, oldest first; fewer when takers share.
  job* take_first(std::size_t many, std::size_t takers) noexcept {
    if (looks_empty()) return nullptr;
    std::lock_guard const lock(mutex_);
    std::size_t const share = first_.count / takers + 1;
    return take(first_, share < many ? share : many);
  }

  job* take_any() noexcept {
    if (looks_empty()) return nullptr;
    std::lock_guard const lock(mutex_);
    return take(first_.count > 0 ? first_ : last_, 1);
  }

  // The oldest last job, if nothing that was ahead of it is left here or in the taker's deque,
  // which holds the positions [own_begin, own_end).
  job* take_last(last_watch& watch, std::int64_t own_begin, std::int64_t own_end) noexcept {
    if (looks_empty()) return nullptr;
    std::lock_guard const lock(mutex_);
    if (last_.count == 0) return nullptr;
    if (watch.job != last_.taken) watch = {last_.taken, first_.taken + first_.count, own_end};
    bool const own_gone = own_begin >= own_end || own_begin >= watch.own_end;
    return own_gone && first_.taken >= watch.firsts ? take(last_, 1) : nullptr;
  }

 private:
  struct list {
    job* head = nullptr;
    job* tail = nullptr;
    std::size_t count = 0;
    std::uint64_t taken = 0;  // all in all
  };

  void push(list& to, job& work) noexcept {
    work.next = nullptr;
    std::lock_guard const lock(mutex_);
    (to.tail == nullptr ? to.head : to.tail->next) = &work;
    to.tail = &work;
    ++to.count;
    size_.store(first_.count + last_.count, std::memory_order_seq_cst);
  }

  job* take(list& from, std::size_t many) noexcept {
    if (many > from.count) many = from.count;
    if (many == 0) return nullptr;
    job* const oldest = from.head;
    job* newest = oldest;
    for (std::size_t i = 1; i < many; ++i) newest = newest->next;
    from.head = std::exchange(newest->next, nullptr);
    if (from.head == nullptr) from.tail = nullptr;
    from.count -= many;
    from.taken += many;
    size_.store(first_.count + last_.count, std::memory_order_seq_cst);
    return oldest;
  }

  std::atomic<std::size_t> size_{0};

  std::mutex mutex_;  // guards what follows
  list first_;
  list last_;
};

}  // namespace sluice::detail
