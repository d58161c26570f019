// How a body waits: the part of a promise that the scheduler sees, and what all awaitables share.
//
//   Owner    an awaitable lives in the body's frame for the length of its co_await.
//   Threads  the worker that runs the body.
//   Errors   an awaitable's take() throws what its wait met.
//
// An awaitable has ready(): nothing to wait for; suspend(): the wait; take(): the result. The body
// only leaves the wait in its promise; the record arms it after the body has suspended.

#pragma once

#include <coroutine>
#include <exception>

#include <sluice/runtime/detail/recycled.hpp>
#include <sluice/runtime/detail/suspension.hpp>

namespace sluice::detail {

struct body_promise : recycled {  // the frame's memory
  suspension* waiting = nullptr;
  std::exception_ptr error;
};

// misuse when the calling thread runs a coroutine's step: it would hold its worker.
void refuse_inside_coroutine(char const* what);

struct awaitable_base {};

template <class Derived>
class awaitable : public awaitable_base {};

// The standard's face of an awaitable.
template <class A>
class awaiting {
 public:
  explicit awaiting(A& what) noexcept : what_(&what) {}

  bool await_ready() { return what_->ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> body) {
    body.promise().waiting = what_->suspend();
  }
  auto await_resume() { return what_->take(); }

 private:
  A* what_;
};

}  // namespace sluice::detail
