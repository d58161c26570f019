// An event that bodies set and bodies await, on the runtime's own wait seam: a cell and a wait for
// it.
//
//   Owner    copies share one cell, so that it can be a task's argument.
//   Threads  any thread sets; set once, more do nothing.
//   Errors   a wait that nothing can end is answered like any other: deadlock_detected, cancelled.

#pragma once

#include <utility>

#include <sluice/runtime/detail/await.hpp>
#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/suspension.hpp>
#include <sluice/runtime/object_ref.hpp>

namespace sluice::test {

class signal_wait;

class signal {
 public:
  void set() const { cell_->set(); }
  bool is_set() const { return cell_->settled(); }
  signal_wait wait() const;  // co_await it
  // For runtime::get, outside of coroutines.
  object_ref<void> ref() const { return detail::ref_access::make<void>(cell_); }

 private:
  friend class signal_wait;
  detail::counted<detail::value_cell<void>> cell_ =
      detail::make_counted<detail::value_cell<void>>();
};

class signal_wait : public detail::awaitable<signal_wait> {
 public:
  explicit signal_wait(signal const& of) : wait_(of.cell_) {}

 private:
  friend class detail::awaiting<signal_wait>;
  bool ready() const noexcept { return wait_.of().settled(); }
  detail::suspension* suspend() noexcept { return &wait_; }
  void take() const { wait_.rethrow(); }

  detail::cell_wait wait_;
};

inline signal_wait signal::wait() const {
  return signal_wait(*this);
}

}  // namespace sluice::test
