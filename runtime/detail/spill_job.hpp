// Makes room when somebody waits for memory.
//
//   Owner    the scheduler.
//   Threads  ask() from any thread; the work is done by one job at a time, off the waiters' path.
//   Errors   none: a unit that fails is not tried again until somebody asks, or all wait; then it
//            is the reason that they are given.

#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include <sluice/runtime/detail/executor.hpp>
#include <sluice/runtime/detail/lap_clock.hpp>
#include <sluice/runtime/detail/one_at_a_time.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

struct spill_job : job {
  spill_job(object_store& of, executor& on, os_waits& waits)
      : job(&run_it), store(of), jobs(on), working(waits) {}

  void ask() noexcept {
    if (asked.fetch_add(1) == 0) jobs.submit_last(*this);
  }

  static void run_it(job& self) noexcept {
    auto& mine = static_cast<spill_job&>(self);
    std::uint64_t const seen = mine.asked.load();
    std::exception_ptr why;
    spill_result const result = mine.unit(why);
    lap_clock::stop();  // no task's time
    if (result.outcome == spill_outcome::moved) return mine.jobs.submit_last(mine);
    if (result.outcome == spill_outcome::pending) return mine.jobs.when_done(result.done, mine);
    // Idle or stuck: done, unless somebody asked since.
    std::uint64_t expected = seen;
    if (!mine.asked.compare_exchange_strong(expected, 0)) mine.jobs.submit_last(mine);
  }

  // One spiller at a time: to a second one the store answers "idle", which says nothing. `why` it
  // is stuck, if something failed.
  spill_result unit(std::exception_ptr& why) noexcept {
    try {
      one_at_a_time::inside const here(working);
      return store.spill();
    } catch (...) {
      why = std::current_exception();
      return {spill_outcome::stuck, {}};
    }
  }

  object_store& store;
  executor& jobs;
  std::atomic<std::uint64_t> asked{0};
  one_at_a_time working;
};

}  // namespace sluice::detail
