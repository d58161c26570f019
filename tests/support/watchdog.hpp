// Ends the process when one test takes too long: a hang is a failure with a name, not a silence.
//
//   Units    seconds: 60, or what SLUICE_TEST_LIMIT_S in the environment says.
//   Owner    GoogleTest owns the listener; its thread ends with it.
//   Threads  one thread of its own, asleep but for a test's start, end and deadline.
//   Errors   std::abort() after a line that names the test.
//
//   static bool const watched = watch_every_test();   in one file of a folder

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace sluice::test {

inline std::chrono::seconds test_limit() {
  char const* const given = std::getenv("SLUICE_TEST_LIMIT_S");
  return std::chrono::seconds(given != nullptr ? std::atoi(given) : 60);
}

class watchdog final : public testing::EmptyTestEventListener {
 public:
  watchdog() : thread_([this] { watch(); }) {}
  ~watchdog() override {
    {
      std::lock_guard const lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void OnTestStart(testing::TestInfo const& started) override {
    std::lock_guard const lock(mutex_);
    running_ = std::string(started.test_suite_name()) + "." + started.name();
    deadline_ = std::chrono::steady_clock::now() + limit_;
    changed_.notify_all();
  }
  void OnTestEnd(testing::TestInfo const&) override {
    std::lock_guard const lock(mutex_);
    running_.clear();
    changed_.notify_all();
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      if (running_.empty()) {
        changed_.wait(lock);
      } else if (changed_.wait_until(lock, deadline_) == std::cv_status::timeout &&
                 !running_.empty() && std::chrono::steady_clock::now() >= deadline_) {
        std::fprintf(stderr, "watchdog: %s hangs: no end after %lld s\n", running_.c_str(),
                     static_cast<long long>(limit_.count()));
        std::abort();
      }
    }
  }

  std::chrono::seconds const limit_ = test_limit();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string running_;
  std::chrono::steady_clock::time_point deadline_;
  bool over_ = false;

  std::thread thread_;
};

inline bool watch_every_test() {
  testing::UnitTest::GetInstance()->listeners().Append(new watchdog);
  return true;
}

}  // namespace sluice::test
