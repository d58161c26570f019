// Counts objects: how many were made, how many live, and how many lived at once.
//
//   Owner    residents share the counts with their census, and may outlive it: a runtime may drop
//            its last handle to a value a moment after it has woken who waited for that value. One
//            that was moved from is not counted.
//   Threads  any.
//   Errors   a resident that dies twice makes alive() negative, which no test accepts.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::test {

class census {
 public:
  long made() const { return counts_->read(&counts::made); }
  long alive() const { return counts_->read(&counts::alive); }
  long peak() const { return counts_->read(&counts::peak); }

  // Blocks the calling thread, outside the runtime: it is not a wait that a stall could break.
  void until_alive(long count) const {
    counts_->until([count](counts const& now) { return now.alive == count; });
  }
  void until_made(long count) const {
    counts_->until([count](counts const& now) { return now.made >= count; });
  }

 private:
  friend class resident;

  struct counts {
    long read(long counts::* figure) const {
      std::lock_guard const lock(mutex);
      return this->*figure;
    }
    template <class Condition>
    void until(Condition&& holds) const {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return holds(*this); });
    }
    void born() {
      std::lock_guard const lock(mutex);
      ++made;
      peak = std::max(peak, ++alive);
      changed.notify_all();
    }
    void died() {
      std::lock_guard const lock(mutex);
      --alive;
      changed.notify_all();
    }

    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    long made = 0;
    long alive = 0;
    long peak = 0;
  };

  std::shared_ptr<counts> counts_ = std::make_shared<counts>();
};

// Counted while it lives: as a local of a body it stands for the frame, as an argument or a yielded
// value for itself.
class resident {
 public:
  explicit resident(census& of, int mark = 0) : of_(of.counts_), mark_(mark) { of_->born(); }
  resident(resident const& other) : of_(other.of_), mark_(other.mark_) {
    if (of_) of_->born();
  }
  resident(resident&& other) noexcept : of_(std::move(other.of_)), mark_(other.mark_) {}
  resident& operator=(resident other) noexcept {
    std::swap(of_, other.of_);
    std::swap(mark_, other.mark_);
    return *this;
  }
  ~resident() {
    if (of_) of_->died();
  }

  int mark() const noexcept { return mark_; }

 private:
  std::shared_ptr<census::counts> of_;
  int mark_;
};

}  // namespace sluice::test
