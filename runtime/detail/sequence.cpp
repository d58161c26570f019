#include <sluice/runtime/detail/sequence.hpp>
#include <sluice/runtime/detail/task_record.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::detail {

namespace {

constexpr std::size_t nulls_max = 64;  // left by taken items, before it pays to clear them away

}  // namespace

sequence::sequence(mode which, window ahead) : mode_(which), window_(ahead) {}

sequence::~sequence() = default;

void sequence::set_producer(counted<task_record> producer) noexcept {
  std::lock_guard const lock(mutex_);
  producer_ = std::move(producer);
}

counted<task_record> sequence::producer() const noexcept {
  std::lock_guard const lock(mutex_);
  return producer_;
}

after_put sequence::publish(counted<cell> value, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  if (abandoned_ || ended_) {
    lock.unlock();  // `value` goes after the lock
    return mode_ == mode::dynamic ? after_put::go_on : after_put::stop;
  }
  if (mode_ == mode::streaming) {
    value->set_origin(counted<origin>(this), bytes);
    ++live_objects_;
    live_bytes_ += bytes;
    let_through_ = false;
  }
  items_.push_back(std::move(value));
  after_put const next = may_produce() ? after_put::go_on : after_put::wait_for_window;
  if (consumers_.empty()) return next;
  wake_calls const calls = consumers_.take_all();
  lock.unlock();
  calls();
  return next;
}

void sequence::end() noexcept {
  wake_calls calls;
  counted<task_record> producer;
  {
    std::lock_guard const lock(mutex_);
    ended_ = true;
    producer = std::move(producer_);
    calls = consumers_.take_all();
  }
  calls();
}

bool sequence::may_produce() const noexcept {
  if (mode_ == mode::dynamic || abandoned_ || let_through_ || live_objects_ == 0) return true;
  if (live_objects_ < window_.objects() && live_bytes_ < window_.bytes()) return true;
  return !consumers_.empty() && none_untaken() && in_use_ == 0;
}

wake_call sequence::producer_if_it_may() noexcept {
  if (producers_.empty() || !may_produce()) return {};
  return producers_.take_first();
}

bool sequence::wait_for_window(waiter& one, wake_call call) noexcept {
  std::lock_guard const lock(mutex_);
  if (may_produce()) return false;
  producers_.add(one, std::move(call));
  return true;
}

void sequence::leave_window(waiter& one) noexcept {
  std::lock_guard const lock(mutex_);
  producers_.remove(one);
}

std::optional<std::size_t> sequence::reluctance(std::size_t uncounted_max_bytes) const noexcept {
  constexpr std::size_t object_bytes = 1200;  // of a value, its ref and what is kept of both: about
  constexpr std::size_t always = 64;
  std::lock_guard const lock(mutex_);
  if (!consumers_.empty()) return 0;
  if (live_objects_ >= always &&
      live_objects_ * object_bytes >= std::max(live_bytes_, uncounted_max_bytes))
    return {};
  return 1 + gave_way_;
}

void sequence::let_one_through() noexcept {
  std::lock_guard const lock(mutex_);
  let_through_ = true;
  if (consumers_.empty()) ++gave_way_;
}

sequence::step sequence::next(std::size_t index, counted<cell>& value) noexcept {
  std::lock_guard const lock(mutex_);
  if (mode_ == mode::streaming) {
    if (none_untaken()) return ended_ ? step::ended : step::pending;
    value = take_front();
    return step::item;
  }
  if (index >= items_.size()) return ended_ ? step::ended : step::pending;
  value = items_[index];
  return step::item;
}

// What was taken leaves a null behind; they are cleared away when they are the most.
counted<cell> sequence::take_front() noexcept {
  counted<cell> front = std::move(items_[taken_++]);
  if (none_untaken()) {
    items_.clear();
    taken_ = 0;
  } else if (taken_ >= nulls_max && 2 * taken_ >= items_.size()) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  return front;
}

bool sequence::has_news(std::size_t index) const noexcept {
  return ended_ || (mode_ == mode::streaming ? !none_untaken() : index < items_.size());
}

bool sequence::wait_for_next(std::size_t index, waiter& one, wake_call call) noexcept {
  wake_call producer;
  {
    std::lock_guard const lock(mutex_);
    if (has_news(index)) return false;
    consumers_.add(one, std::move(call));
    producer = producer_if_it_may();
  }
  producer();
  return true;
}

void sequence::leave_next(waiter& one) noexcept {
  std::lock_guard const lock(mutex_);
  consumers_.remove(one);
}

void sequence::add_holder() noexcept {
  std::lock_guard const lock(mutex_);
  ++holders_;
}

void sequence::drop_holder() noexcept {
  std::vector<counted<cell>> unnamed;
  counted<task_record> producer;
  {
    std::lock_guard const lock(mutex_);
    if (--holders_ != 0) return;
    abandoned_ = true;
    unnamed.swap(items_);
    taken_ = 0;
    producer = producer_;
  }
  unnamed.clear();
  // A dynamic task runs to its end (C12); a stream belongs to its handle.
  if (mode_ == mode::streaming && producer) producer->stop();
}

void sequence::set_outer(cell* outer) noexcept {
  std::lock_guard const lock(mutex_);
  outer_ = outer;
}

counted<cell> sequence::outer() noexcept {
  std::lock_guard const lock(mutex_);
  if (outer_ == nullptr || !outer_->try_retain()) return nullptr;
  return counted<cell>::adopt(outer_);
}

void sequence::object_freed(std::size_t bytes) noexcept {
  wake_call call;
  {
    std::lock_guard const lock(mutex_);
    --live_objects_;
    live_bytes_ -= bytes;
    call = producer_if_it_may();
  }
  call();
}

void sequence::use_begins() noexcept {
  std::lock_guard const lock(mutex_);
  ++in_use_;
}

void sequence::use_ends() noexcept {
  wake_call call;
  {
    std::lock_guard const lock(mutex_);
    --in_use_;
    call = producer_if_it_may();
  }
  call();
}

}  // namespace sluice::detail
