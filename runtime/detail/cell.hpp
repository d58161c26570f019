// What an object_ref points to: a value that comes once, or the error that came instead.
//
//   Owner    counted; refs, pending tasks, values that hold refs, and the producer share it.
//   Threads  any. The value is written before settled() turns true and never changes after.
//   Streams  a value is frozen when it is set; the bytes of its chunks may still be on their way.
//   Errors   set_error() keeps the producer's error object; every reader gets the same.
//   Flow     returns -> cell -> object_ref

#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <sluice/runtime/detail/counted.hpp>
#include <sluice/runtime/detail/light_mutex.hpp>
#include <sluice/runtime/detail/waiter.hpp>

namespace sluice::detail {

class task_record;

// Who counts live objects: the window of a stream. See sequence.hpp.
class origin : public counted_base {
 public:
  virtual void object_freed(std::size_t bytes) noexcept = 0;
  virtual void use_begins() noexcept = 0;
  virtual void use_ends() noexcept = 0;
};

class cell : public counted_base {
 public:
  struct has_value {};

  cell() noexcept = default;
  explicit cell(has_value) noexcept : settled_(true) {}  // from the begin
  ~cell() override {
    if (origin_) origin_->object_freed(origin_bytes_);
  }

  bool settled() const noexcept { return settled_.load(std::memory_order_acquire); }
  // Requires settled(). Null when there is a value.
  std::exception_ptr const& error() const noexcept { return error_; }

  // The first of set_error and a value's set wins; true when it was this one.
  bool set_error(std::exception_ptr error) noexcept;

  // False: settled already, nothing is waited for.
  bool add_waiter(waiter& one, wake_call call) noexcept;
  bool remove_waiter(waiter& one) noexcept;

  // Both before the cell is shared, without its lock.
  void set_origin(counted<origin> from, std::size_t bytes) noexcept;
  void set_producer(counted<task_record> producer) noexcept;

  origin* from() const noexcept { return origin_.get(); }
  counted<task_record> producer() const noexcept;

 protected:
  // Runs `store_value` unless settled, then wakes. True when it ran.
  template <class F>
  bool settle(F&& store_value) {
    std::unique_lock lock(mutex_);
    if (settled()) return false;
    store_value();
    finish(lock);
    return true;
  }

 private:
  void finish(std::unique_lock<light_mutex>& lock);

  std::atomic<bool> settled_{false};
  std::exception_ptr error_;  // fixed once settled
  counted<origin> origin_;
  std::size_t origin_bytes_ = 0;

  mutable light_mutex mutex_;
  waiter_list waiters_;            // guarded by mutex_
  counted<wake_target> producer_;  // a task_record; guarded by mutex_; let go when settled
};

template <class T>
class value_cell final : public cell {
 public:
  value_cell() = default;
  template <class... Args>
  explicit value_cell(has_value known, Args&&... args)
      : cell(known), value_(std::in_place, std::forward<Args>(args)...) {}

  template <class... Args>
  bool set(Args&&... args) {
    return settle([&] { value_.emplace(std::forward<Args>(args)...); });
  }
  T const& value() const noexcept { return *value_; }

 private:
  std::optional<T> value_;
};

template <>
class value_cell<void> final : public cell {
 public:
  bool set() {
    return settle([] {});
  }
};

}  // namespace sluice::detail
