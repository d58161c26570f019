// Who waits, and the list of those who wait for one thing.
//
//   Owner    a waiter lives in the waiting body's frame or on a waiting thread's stack; while it is
//            linked the list's lock guards it. Whoever takes it off the list takes its target along
//            and does not touch the waiter again, so the waiter may be gone before the target
//            wakes.
//   Threads  waiter_list is guarded by its owner's mutex. wake() may be called from any thread, and
//            must be called outside locks.
//   Errors   none. A wake that comes late is told apart by its token and ignored.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <sluice/runtime/detail/counted.hpp>

namespace sluice::detail {

class wake_target : public counted_base {
 public:
  virtual void wake(std::uint64_t token) noexcept = 0;
};

class wake_call {
 public:
  wake_call() noexcept = default;
  wake_call(counted<wake_target> who, std::uint64_t token) noexcept
      : who_(std::move(who)), token_(token) {}

  void operator()() const noexcept {
    if (who_) who_->wake(token_);
  }
  explicit operator bool() const noexcept { return static_cast<bool>(who_); }

 private:
  counted<wake_target> who_;
  std::uint64_t token_ = 0;
};

// Calls taken off a list under its lock, to be made outside of it. Few need no memory.
class wake_calls {
 public:
  void add(wake_call call) {
    if (count_ < few_.size())
      few_[count_++] = std::move(call);
    else
      more_.push_back(std::move(call));
  }
  void operator()() const noexcept {
    for (std::size_t i = 0; i < count_; ++i) few_[i]();
    for (wake_call const& call : more_) call();
  }

 private:
  std::array<wake_call, 2> few_;
  std::size_t count_ = 0;
  std::vector<wake_call> more_;
};

class waiter {
 public:
  waiter() = default;
  waiter(waiter const&) = delete;
  waiter& operator=(waiter const&) = delete;

  bool linked() const noexcept { return linked_; }

 private:
  friend class waiter_list;
  wake_call call_;
  waiter* previous_ = nullptr;
  waiter* next_ = nullptr;
  bool linked_ = false;
};

// First come, first served.
class waiter_list {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }

  void add(waiter& one, wake_call call) noexcept {
    one.call_ = std::move(call);
    one.previous_ = last_;
    one.next_ = nullptr;
    one.linked_ = true;
    (last_ != nullptr ? last_->next_ : first_) = &one;
    last_ = &one;
    ++size_;
  }

  // False: somebody took it already.
  bool remove(waiter& one) noexcept {
    if (!one.linked_) return false;
    unlink(one);
    one.call_ = {};
    return true;
  }

  wake_call take_first() noexcept {
    if (first_ == nullptr) return {};
    waiter& one = *first_;
    unlink(one);
    return std::move(one.call_);
  }

  wake_calls take_all() {
    wake_calls calls;
    while (!empty()) calls.add(take_first());
    return calls;
  }

 private:
  void unlink(waiter& one) noexcept {
    (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
    (one.next_ != nullptr ? one.next_->previous_ : last_) = one.previous_;
    one.linked_ = false;
    --size_;
  }

  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice::detail
