// Relacy, a model checker of the C++ memory model, under the names that our lock-free templates
// take. It runs a small program over and over with every outcome that the orderings allow.
//
//   Owner    an object of these types lives within one iteration of one simulation.
//   Errors   check() prints a found fault with its history and is the exit status.
//   Source   Vyukov's Relacy Race Detector; Debian package relacy-dev.
//
// It replaces operator new and delete to find leaks, so each test is a program of its own.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <sstream>

// Not relacy/relacy.hpp: that puts macros in the place of keywords and of the library's names.
// clang-format off: the order is theirs
#include <relacy/base.hpp>
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/backoff.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/atomic.hpp>
#include <relacy/var.hpp>
#include <relacy/thread_local.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/dyn_thread.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/stdlib/event.hpp>
// clang-format on

namespace sluice::test {

inline rl::memory_order modelled(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return rl::mo_relaxed;
    case std::memory_order_consume:
      return rl::mo_consume;
    case std::memory_order_acquire:
      return rl::mo_acquire;
    case std::memory_order_release:
      return rl::mo_release;
    case std::memory_order_acq_rel:
      return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
      break;
  }
  return rl::mo_seq_cst;
}

template <class T>
class modelled_atomic {
 public:
  modelled_atomic() = default;
  explicit modelled_atomic(T value) { value_.store(value, rl::mo_relaxed, RL_INFO); }

  T load(std::memory_order order) const { return value_.load(modelled(order), RL_INFO); }
  void store(T value, std::memory_order order) { value_.store(value, modelled(order), RL_INFO); }
  T fetch_add(T value, std::memory_order order) {
    return value_(RL_INFO).fetch_add(value, modelled(order));
  }
  T fetch_sub(T value, std::memory_order order) {
    return value_(RL_INFO).fetch_sub(value, modelled(order));
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order order) {
    return value_(RL_INFO).compare_exchange_strong(expected, value, modelled(order));
  }

 private:
  rl::atomic<T> value_;
};

// Relacy's operators are inline: without this, code of the standard library that was compiled
// elsewhere would be left with the usual ones.
[[gnu::used]] inline void* (*const keep_new)(std::size_t) = &::operator new;
[[gnu::used]] inline void (*const keep_delete)(void*) = &::operator delete;

// Runs `iterations` schedules of Test, drawn at random.
template <class Test>
int check(char const* rule, unsigned long iterations) {
  rl::test_params parameters;
  parameters.iteration_count = iterations;
  std::ostringstream progress;
  parameters.progress_stream = &progress;
  bool const holds = rl::simulate<Test>(parameters);
  std::printf("%s  %s (%lu schedules)\n", holds ? "ok  " : "FAIL", rule, iterations);
  return holds ? 0 : 1;
}

}  // namespace sluice::test
