// A thread's wait for one signal. A signal that comes first is kept; executor::wait() takes it, and
// then the blocker may be used again.
//
//   Threads  any thread signals, also one whose waiter leaves and destroys the blocker meanwhile.
//            Once per wait is needed; more may end a later wait early.
//   Flow     executor.wait -> blocker

#pragma once

#include <memory>

namespace sluice::detail {

class blocker {
 public:
  blocker();
  ~blocker();
  blocker(blocker const&) = delete;
  blocker& operator=(blocker const&) = delete;

  void signal() noexcept;

 private:
  friend class executor;
  struct state;
  std::shared_ptr<state> state_;  // a signaller may still be inside when the waiter leaves
};

}  // namespace sluice::detail
