// The event count under every order of its operations that the C++ memory model allows.

#include <array>
#include <memory>

#include <sluice/runtime/detail/event_count.hpp>
#include <support/model_checked.hpp>

namespace sluice::test {
namespace {

// One producer and two workers that sleep, wake and look as the executor's do; a job is one count.
// A lost wakeup leaves a job queued and nobody who looks for it, which is found as a deadlock.
struct sleepers_and_producer : rl::test_suite<sleepers_and_producer, 3> {
  static constexpr int jobs = 3;
  static constexpr unsigned workers = 2;

  struct sleeper {
    bool granted = false;  // guarded by mutex
    bool searching = false;
    rl::condition_variable_any woken;
  };

  modelled_atomic<int> queued{0};
  std::unique_ptr<detail::basic_event_count<modelled_atomic>> gate;
  rl::mutex mutex;

  // Guarded by mutex.
  unsigned free = workers;  // slots
  int started = 0;
  int ended = 0;
  rl::condition_variable_any other_ended;
  std::array<sleeper, workers> sleepers;

  void before() { gate = std::make_unique<detail::basic_event_count<modelled_atomic>>(workers); }
  void after() { gate.reset(); }

  bool any_work() const { return queued.load(std::memory_order_seq_cst) > 0; }

  // With the mutex held: a free slot goes to a worker that has none.
  void staff() {
    if (free == 0 || !gate->must_wake() || !any_work()) return;
    for (auto& each : sleepers)
      if (!each.granted) {
        --free;
        gate->enlist(true);
        each.granted = true;
        each.searching = true;
        each.woken.notify_one(RL_INFO);
        return;
      }
  }
  void wake() {
    mutex.lock(RL_INFO);
    staff();
    mutex.unlock(RL_INFO);
  }
  bool take() {
    int seen = queued.load(std::memory_order_relaxed);
    while (seen > 0)
      if (queued.compare_exchange_strong(seen, seen - 1, std::memory_order_seq_cst)) return true;
    return false;
  }
  void submit() {
    queued.fetch_add(1, std::memory_order_seq_cst);
    if (gate->must_wake()) wake();
  }
  // False when all jobs have run.
  bool rest(sleeper& me) {
    mutex.lock(RL_INFO);
    ++free;
    me.granted = false;
    gate->retire(me.searching);
    me.searching = false;
    staff();
    while (!me.granted && ended < jobs) me.woken.wait(mutex, RL_INFO);
    bool const go_on = me.granted;
    mutex.unlock(RL_INFO);
    return go_on;
  }
  // The first job holds its worker until another one has run.
  void run_job() {
    mutex.lock(RL_INFO);
    bool const first = started++ == 0;
    while (first && ended == 0) other_ended.wait(mutex, RL_INFO);
    if (++ended == 1) other_ended.notify_one(RL_INFO);
    if (ended == jobs)
      for (auto& each : sleepers) each.woken.notify_one(RL_INFO);
    mutex.unlock(RL_INFO);
  }

  bool find(sleeper& me) {
    if (take()) return true;
    if (!me.searching) me.searching = gate->begin_search(workers);
    return take();
  }
  void work(sleeper& me) {
    do {
      while (find(me)) {
        if (me.searching) {
          me.searching = false;
          if (gate->end_search() && any_work()) wake();
        }
        run_job();
      }
    } while (rest(me));
  }

  void thread(unsigned index) {
    if (index < workers) {
      sleeper& me = sleepers[index];
      mutex.lock(RL_INFO);
      while (!me.granted && ended < jobs) me.woken.wait(mutex, RL_INFO);
      bool const granted = me.granted;
      mutex.unlock(RL_INFO);
      if (granted) work(me);
    } else {
      for (int i = 0; i < jobs; ++i) submit();
    }
  }
};

}  // namespace
}  // namespace sluice::test

int main() {
  return sluice::test::check<sluice::test::sleepers_and_producer>(
      "no thread sleeps while a job is queued and nobody searches", 100'000);
}
