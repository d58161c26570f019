// A mutex for sections of a few instructions, which are nearly always free: one exchange to lock
// and one to unlock. std::mutex costs forty instructions a pair, and a task takes several.
//
//   Threads  any. Whoever finds it locked spins a little, then sleeps until the owner wakes one.
//   Errors   none. Not recursive.
//   Source   Drepper: Futexes Are Tricky, 2011, "mutex, take 3".
//
// Under ThreadSanitizer it is std::mutex, whose order of locking the sanitizer checks, too.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <type_traits>

#include <sluice/runtime/detail/cpu_pause.hpp>
#include <sluice/runtime/detail/sanitized.hpp>

namespace sluice::detail {

// `Atomic` is std::atomic, or the model checker's.
template <template <class> class Atomic>
class basic_light_mutex {
 public:
  void lock() noexcept {
    std::uint32_t found = unlocked;
    if (!state_.compare_exchange_strong(found, locked, std::memory_order_acquire)) lock_contended();
  }
  void unlock() noexcept {
    if (state_.exchange(unlocked, std::memory_order_release) == awaited) state_.notify_one();
  }

 private:
  enum : std::uint32_t { unlocked = 0, locked = 1, awaited = 2 };
  static constexpr unsigned spins = 64;

  void lock_contended() noexcept {
    for (unsigned i = 0; i < spins; ++i) {
      std::uint32_t found = unlocked;
      if (state_.load(std::memory_order_relaxed) == unlocked &&
          state_.compare_exchange_strong(found, locked, std::memory_order_acquire))
        return;
      cpu_pause();
    }
    // Who sleeps says so, and takes the lock as one that others may await.
    while (state_.exchange(awaited, std::memory_order_acquire) != unlocked)
      state_.wait(awaited, std::memory_order_relaxed);
  }

  Atomic<std::uint32_t> state_{unlocked};
};

using light_mutex =
    std::conditional_t<thread_sanitized, std::mutex, basic_light_mutex<std::atomic>>;

}  // namespace sluice::detail
