// Counts objects: how many were made, how many live, and how many lived at once.
//
//   Owner    a census outlives its residents. A resident that was moved from is not counted.
//   Threads  any.
//   Errors   a resident that dies twice makes alive() negative, which no test accepts.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace sluice::test {

class census {
 public:
  long made() const { return read(&state::made); }
  long alive() const { return read(&state::alive); }
  long peak() const { return read(&state::peak); }

  // Blocks the calling thread, outside the runtime: it is not a wait that a stall could break.
  void until_alive(long count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return now_.alive == count; });
  }
  void until_made(long count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return now_.made >= count; });
  }

 private:
  friend class resident;
  struct state {
    long made = 0;
    long alive = 0;
    long peak = 0;
  };

  long read(long state::* figure) const {
    std::lock_guard const lock(mutex_);
    return now_.*figure;
  }
  void born() {
    std::lock_guard const lock(mutex_);
    ++now_.made;
    now_.peak = std::max(now_.peak, ++now_.alive);
    changed_.notify_all();
  }
  void died() {
    std::lock_guard const lock(mutex_);
    --now_.alive;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  state now_;
};

// Counted while it lives: as a local of a body it stands for the frame, as an argument or a yielded
// value for itself.
class resident {
 public:
  explicit resident(census& of, int mark = 0) : of_(&of), mark_(mark) { of_->born(); }
  resident(resident const& other) : of_(other.of_), mark_(other.mark_) {
    if (of_ != nullptr) of_->born();
  }
  resident(resident&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)), mark_(other.mark_) {}
  resident& operator=(resident other) noexcept {
    std::swap(of_, other.of_);
    std::swap(mark_, other.mark_);
    return *this;
  }
  ~resident() {
    if (of_ != nullptr) of_->died();
  }

  int mark() const noexcept { return mark_; }

 private:
  census* of_;
  int mark_;
};

}  // namespace sluice::test
