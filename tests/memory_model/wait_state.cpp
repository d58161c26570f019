// The state of a waiter under every order of its operations that the C++ memory model allows.

#include <cstdint>
#include <memory>

#include <sluice/runtime/detail/wait_state.hpp>
#include <support/model_checked.hpp>

namespace sluice::test {
namespace {

// A waiter that waits a few times, and two wakers that both wake it each time. A lost wake leaves
// the waiter suspended for ever, which is found as a deadlock.
struct waiter_and_wakers : rl::test_suite<waiter_and_wakers, 3> {
  static constexpr std::uint64_t waits = 3;

  std::unique_ptr<detail::basic_wait_state<modelled_atomic>> state;
  rl::mutex mutex;

  // Guarded by mutex.
  std::uint64_t handed_out = 0;  // the last token
  std::uint64_t resumed = 0;     // the token of the last wait that a wake ended
  rl::condition_variable_any is_handed_out;
  rl::condition_variable_any is_resumed;

  void before() { state = std::make_unique<detail::basic_wait_state<modelled_atomic>>(); }
  void after() { state.reset(); }

  void wait() {
    std::uint64_t const token = state->begin();
    mutex.lock(RL_INFO);
    handed_out = token;
    is_handed_out.notify_all(RL_INFO);
    mutex.unlock(RL_INFO);
    if (!state->suspend(token)) return state->go_on();
    mutex.lock(RL_INFO);
    while (resumed < token) is_resumed.wait(mutex, RL_INFO);
    mutex.unlock(RL_INFO);
  }
  void wake(std::uint64_t token) {
    mutex.lock(RL_INFO);
    while (handed_out < token) is_handed_out.wait(mutex, RL_INFO);
    mutex.unlock(RL_INFO);
    if (!state->wake(token)) return;
    mutex.lock(RL_INFO);
    RL_ASSERT(resumed < token);  // by one of the two only
    resumed = token;
    is_resumed.notify_one(RL_INFO);
    mutex.unlock(RL_INFO);
  }

  void thread(unsigned index) {
    for (std::uint64_t i = 1; i <= waits; ++i) {
      if (index == 0)
        wait();
      else
        wake(i);
    }
  }
};

}  // namespace
}  // namespace sluice::test

int main() {
  return sluice::test::check<sluice::test::waiter_and_wakers>(
      "every wait that a wake meets ends, by one wake", 100'000);
}
