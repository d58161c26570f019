// Ends the process when a run takes too long: a hang is a failure with a seed, not a silence.
//
//   Units    seconds.
//   Owner    whoever made it; its thread ends with it.
//   Threads  a thread of its own, asleep but for the start of a run and its deadline.
//   Errors   std::abort() after a line that says what ran.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace sluice::test::sim {

class deadline {
 public:
  explicit deadline(std::chrono::seconds limit) : limit_(limit), thread_([this] { watch(); }) {}
  deadline(deadline const&) = delete;
  deadline& operator=(deadline const&) = delete;
  ~deadline() {
    {
      std::lock_guard const lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // From now on `what` is what runs.
  void starts(std::string what) {
    std::lock_guard const lock(mutex_);
    what_ = std::move(what);
    at_ = std::chrono::steady_clock::now() + limit_;
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    at_ = std::chrono::steady_clock::now() + limit_;
    while (!over_) {
      auto const at = at_;
      if (changed_.wait_until(lock, at) != std::cv_status::timeout || at != at_ || over_) continue;
      std::fprintf(stderr, "FAILED: no end after %lld s; again: %s\n",
                   static_cast<long long>(limit_.count()), what_.c_str());
      std::abort();
    }
  }

  std::chrono::seconds const limit_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_;
  std::chrono::steady_clock::time_point at_;
  bool over_ = false;

  std::thread thread_;
};

}  // namespace sluice::test::sim
