// Jobs made of lambdas, for tests of the executor.
//
//   Owner    the box owns its jobs; it must outlive their runs.
//   Threads  any.

#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include <sluice/runtime/detail/job.hpp>

namespace sluice::test {

class job_box {
 public:
  detail::job& make(std::function<void()> body) {
    std::lock_guard const lock(mutex_);
    return jobs_.emplace_back(std::move(body));
  }

 private:
  struct lambda_job : detail::job {
    explicit lambda_job(std::function<void()> does) : job(&call), body(std::move(does)) {}
    static void call(detail::job& self) noexcept { static_cast<lambda_job&>(self).body(); }
    std::function<void()> body;
  };

  std::mutex mutex_;  // guards jobs_
  std::deque<lambda_job> jobs_;
};

}  // namespace sluice::test
