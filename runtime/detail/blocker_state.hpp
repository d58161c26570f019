// What a blocker shares with its signallers.
//
//   Threads  the waiter attaches its spot before it sleeps, and detaches it under the mutex, so
//            that no signaller is inside the spot any more when the waiter goes on.

#pragma once

#include <atomic>
#include <mutex>

#include <sluice/runtime/detail/blocker.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

struct blocker::state {
  void signal() noexcept {
    std::lock_guard const lock(mutex);
    signalled.store(true, std::memory_order_seq_cst);
    if (waiter != nullptr) waiter->notify();
  }
  bool is_signalled() const noexcept { return signalled.load(std::memory_order_seq_cst); }
  bool take_signal() noexcept { return signalled.exchange(false, std::memory_order_seq_cst); }

  void attach(os_waits::spot& to) noexcept {
    std::lock_guard const lock(mutex);
    waiter = &to;
  }
  void detach() noexcept {
    std::lock_guard const lock(mutex);
    waiter = nullptr;
  }

 private:
  std::atomic<bool> signalled{false};

  std::mutex mutex;  // guards waiter
  os_waits::spot* waiter = nullptr;
};

}  // namespace sluice::detail
