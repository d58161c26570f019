// The errors of tasks and of waiting for them.
//
//   Errors   every `get` of a ref throws the same error object; a dependent's ref holds its root's.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <sluice/cuda/error.hpp>

namespace sluice {

// A body threw something that is not a sluice::error; that is nested (std::rethrow_if_nested).
class task_error : public error {
 public:
  task_error(std::string_view task, std::size_t index, std::string_view cause);
};

// The body made fewer or more values than the caller asked for. For more, got() is expected() + 1:
// the body was stopped there.
class wrong_return_count : public error {
 public:
  wrong_return_count(std::string_view task, std::size_t expected, std::size_t got);

  std::size_t expected() const noexcept { return expected_; }
  std::size_t got() const noexcept { return got_; }

 private:
  std::size_t const expected_;
  std::size_t const got_;
};

class cancelled : public error {
 public:
  explicit cancelled(std::string text) : error(error_kind::cancelled, std::move(text)) {}
};

class timed_out : public error {
 public:
  explicit timed_out(std::chrono::nanoseconds waited);

  std::chrono::nanoseconds waited() const noexcept { return waited_; }

 private:
  std::chrono::nanoseconds const waited_;
};

class deadlock_detected : public error {
 public:
  explicit deadlock_detected(std::string text)
      : error(error_kind::deadlock_detected, std::move(text)) {}
};

}  // namespace sluice
