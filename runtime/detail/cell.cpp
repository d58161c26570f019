#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/task_record.hpp>

namespace sluice::detail {

bool cell::set_error(std::exception_ptr error) noexcept {
  std::unique_lock lock(mutex_);
  if (settled()) return false;
  error_ = std::move(error);
  finish(lock);
  return true;
}

void cell::finish(std::unique_lock<light_mutex>& lock) {
  settled_.store(true, std::memory_order_release);
  counted<wake_target> const producer = std::move(producer_);
  if (waiters_.empty()) {
    lock.unlock();
    return;
  }
  auto const calls = waiters_.take_all();
  lock.unlock();
  calls();
}

bool cell::add_waiter(waiter& one, wake_call call) noexcept {
  std::lock_guard const lock(mutex_);
  if (settled()) return false;
  waiters_.add(one, std::move(call));
  return true;
}

bool cell::remove_waiter(waiter& one) noexcept {
  std::lock_guard const lock(mutex_);
  return waiters_.remove(one);
}

void cell::set_origin(counted<origin> from, std::size_t bytes) noexcept {
  origin_ = std::move(from);
  origin_bytes_ = bytes;
}

void cell::set_producer(counted<task_record> producer) noexcept {
  producer_ = std::move(producer);
}

counted<task_record> cell::producer() const noexcept {
  std::lock_guard const lock(mutex_);
  return counted<task_record>(static_cast<task_record*>(producer_.get()));
}

}  // namespace sluice::detail
