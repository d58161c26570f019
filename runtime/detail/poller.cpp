#include <sluice/runtime/detail/poller.hpp>

#include <iterator>
#include <new>

namespace sluice::detail {

bool is_settled(event const& asked) noexcept {
  try {
    return asked.is_done();
  } catch (...) {
    return true;
  }
}

void poller::add(event awaited, job& then) {
  std::lock_guard const lock(mutex_);
  incoming_.push_back({std::move(awaited), &then});
  added_.fetch_add(1, std::memory_order_relaxed);
  pending_.fetch_add(1, std::memory_order_seq_cst);
}

bool poller::is_due(std::chrono::nanoseconds now, std::chrono::nanoseconds interval) noexcept {
  std::int64_t last = last_poll_ns_.load(std::memory_order_relaxed);
  return now.count() - last >= interval.count() &&
         last_poll_ns_.compare_exchange_strong(last, now.count(), std::memory_order_relaxed);
}

// Without memory for the move the new events stay where they are, and the next pass tries again.
void poller::take_incoming() {
  std::lock_guard const lock(mutex_);
  if (incoming_.empty()) return;
  try {
    awaited_.reserve(awaited_.size() + incoming_.size());
  } catch (std::bad_alloc const&) {
    return;
  }
  awaited_.insert(awaited_.end(), std::move_iterator(incoming_.begin()),
                  std::move_iterator(incoming_.end()));
  incoming_.clear();
}

}  // namespace sluice::detail
