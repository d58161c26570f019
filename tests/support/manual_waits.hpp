// A clock that stands still until the test moves it, and a count of who sleeps how.
//
//   Units    nanoseconds.
//   Threads  any.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include <sluice/runtime/machine.hpp>

namespace sluice::test {

class manual_waits final : public os_waits {
 public:
  std::chrono::nanoseconds now() const noexcept override {
    std::lock_guard const lock(shared_->mutex);
    return shared_->time;
  }
  std::unique_ptr<spot> make_spot() override { return std::make_unique<manual_spot>(shared_); }

  void advance(std::chrono::nanoseconds by) {
    std::lock_guard const lock(shared_->mutex);
    shared_->time += by;
    shared_->changed.notify_all();
  }
  // Returns when `count` threads sleep, with or without a deadline.
  void until_asleep(std::size_t count) {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [&] { return shared_->asleep >= count; });
  }
  // Returns when a thread sleeps with a deadline.
  void until_napping() {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [&] { return shared_->napping > 0; });
  }
  // The most threads that ever slept with a deadline at the same time.
  std::size_t most_napping() const {
    std::lock_guard const lock(shared_->mutex);
    return shared_->most_napping;
  }

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    std::chrono::nanoseconds time{1};
    std::size_t asleep = 0;
    std::size_t napping = 0;
    std::size_t most_napping = 0;
  };

  class manual_spot final : public spot {
   public:
    explicit manual_spot(std::shared_ptr<state> of) : shared_(std::move(of)) {}

    void wait(std::optional<std::chrono::nanoseconds> at) override {
      std::unique_lock lock(shared_->mutex);
      ++shared_->asleep;
      if (at) shared_->most_napping = std::max(shared_->most_napping, ++shared_->napping);
      shared_->changed.notify_all();
      shared_->changed.wait(lock, [&] { return notified_ || (at && shared_->time >= *at); });
      notified_ = false;
      --shared_->asleep;
      if (at) --shared_->napping;
    }
    void notify() noexcept override {
      std::lock_guard const lock(shared_->mutex);
      notified_ = true;
      shared_->changed.notify_all();
    }

   private:
    std::shared_ptr<state> const shared_;
    bool notified_ = false;
  };

  std::shared_ptr<state> const shared_ = std::make_shared<state>();
};

}  // namespace sluice::test
