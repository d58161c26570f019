// Time, threads and blocking of a simulated machine: one thread runs at a time, which one says the
// seed, and time passes only when somebody looks at the clock or everybody waits.
//
//   Units    nanoseconds of a time that begins with the machine.
//   Owner    the machine. Threads that it started have ended before it goes.
//   Threads  the one that makes it is the program: it runs until it waits here. A thread that the
//            machine did not start runs beside all others, when it likes: it may wait and notify,
//            but what it does is not a matter of the seed.
//   Errors   when every thread waits, without a time, and the process has no other thread: a line
//            with the seed on stderr, and abort(). The runtime has lost a wake, or the program
//            waits for something that is not the runtime's.
//   Flow     executor, task_record -> now(), pause(), spot.wait() -> thread_schedule
//
// A thread keeps its right to run until it waits, ends, looks at the clock, or passes a pause();
// none of these is done with a lock held, so no lock is ever found taken.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <sluice/runtime/detail/thread_schedule.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

class sim_threads final : public os_waits {
 public:
  explicit sim_threads(std::uint64_t seed, std::optional<thread_order> order = {});
  ~sim_threads() override;

  std::chrono::nanoseconds now() const noexcept override;
  std::chrono::nanoseconds let_pass(std::chrono::nanoseconds time) override;
  std::unique_ptr<spot> make_spot() override;
  std::unique_ptr<thread> start(std::function<void()> body) override;
  bool runs_beside() const noexcept override { return false; }
  // Of all that was decided so far, and when: the same for the same seed, program and build.
  std::uint64_t trace_hash() const noexcept override;

 private:
  class world;
  class sim_spot;
  class sim_thread;

  void do_pause() noexcept override;

  std::unique_ptr<world> world_;
};

}  // namespace sluice::detail
