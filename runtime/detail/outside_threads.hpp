// Which threads outside an executor use it and still live: they can make work, so nothing is stuck
// while one of them is not blocked.
//
//   Owner    an executor, by shared_ptr; each member thread holds a weak one. Nothing is static but
//            the thread's own list of memberships.
//   Threads  enter() by the member itself; the rest by any.
//   Errors   enter() may throw bad_alloc at a thread's first call.

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::detail {

class outside_threads : public std::enable_shared_from_this<outside_threads> {
 public:
  // `left` is called by a member thread that ends, after count() went down.
  explicit outside_threads(std::function<void()> left) : left_(std::move(left)) {}

  // The calling thread is a member from now until it ends.
  void enter();
  std::size_t count() const noexcept { return count_.load(std::memory_order_seq_cst); }
  // When this returns, `left` is not running and will not be called again.
  void close() noexcept;

 private:
  struct memberships;
  void leave() noexcept;

  std::atomic<std::size_t> count_{0};

  std::mutex mutex_;  // guards left_, and is held while it runs
  std::function<void()> left_;
};

}  // namespace sluice::detail
