// Lets one thread in at a time, for as long as it likes: what it does inside may wait.
//
//   Owner    whoever made it; it outlives those inside.
//   Threads  any. Who comes while another one is inside waits at a spot of the machine: on a
//            simulated one the others run meanwhile. First come, first served.
//   Errors   enter() may throw bad_alloc, and then nobody has entered.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

class one_at_a_time {
 public:
  explicit one_at_a_time(os_waits& waits) noexcept : waits_(waits) {}

  class inside {
   public:
    explicit inside(one_at_a_time& of) : of_(of) { of_.enter(); }
    ~inside() { of_.leave(); }
    inside(inside const&) = delete;
    inside& operator=(inside const&) = delete;

   private:
    one_at_a_time& of_;
  };

 private:
  struct waiter {
    explicit waiter(os_waits& waits) : spot(waits.make_spot()) {}
    std::unique_ptr<os_waits::spot> spot;
    bool next = false;  // guarded by mutex_
  };

  void enter() {
    std::unique_lock lock(mutex_);
    if (!std::exchange(taken_, true)) return;
    auto const self = std::make_shared<waiter>(waits_);
    waiting_.push_back(self);
    while (!self->next) {
      lock.unlock();
      self->spot->wait({});
      lock.lock();
    }
  }

  void leave() noexcept {
    std::shared_ptr<waiter> next;
    {
      std::lock_guard const lock(mutex_);
      taken_ = !waiting_.empty();
      if (!taken_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->next = true;
    }
    next->spot->notify();
  }

  os_waits& waits_;

  std::mutex mutex_;  // guards what follows
  bool taken_ = false;
  std::deque<std::shared_ptr<waiter>> waiting_;
};

}  // namespace sluice::detail
