// Runs jobs on worker threads: one deque per worker slot, stealing, one injection queue, parking.
//
//   Owner    a job is intrusive: it belongs to whoever submitted it until run() is called, and is
//            touched no more by the executor afterwards. A job is queued at most once at a time.
//   Threads  everything may be called from any thread, inside jobs or outside.
//   Streams  when_done() hands a job over once an event is done; one poller at a time asks.
//   Errors   run() must not throw. A failed event also counts as done: the job asks it and throws.
//   Flow     scheduler of record -> executor -> worker -> job
//
// A thread that blocks inside a job gives its slot (deque and right to run) to another thread, so
// that as many jobs run as there are slots; it takes a free slot again before it goes on.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <sluice/cuda/stream.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice {
class machine;
}

namespace sluice::detail {

struct job {
  using function = void (*)(job&) noexcept;
  explicit job(function run) noexcept : run(run) {}

  function const run;
  job* next = nullptr;  // the executor's while queued
};

// A thread's wait for one signal. May be reset and used again.
class blocker {
 public:
  blocker();
  ~blocker();
  blocker(blocker const&) = delete;
  blocker& operator=(blocker const&) = delete;

  void signal() noexcept;  // any thread; at most once per wait is needed, more do no harm

 private:
  friend class executor;
  struct state;
  std::shared_ptr<state> state_;  // a signaller may still be inside when the waiter leaves
};

class executor {
 public:
  using deadline = std::optional<std::chrono::nanoseconds>;  // of the machine's clock

  // `workers` slots. The machine's clock and waits are used for everything that takes time.
  executor(machine& world, unsigned workers);
  ~executor();  // requires that no job is queued, running or waiting for an event
  executor(executor const&) = delete;
  executor& operator=(executor const&) = delete;

  // Next on this worker (or anywhere, from outside): what was made is used while it is warm.
  void submit(job& work) noexcept;
  // Behind everything that is queued now: producers give way to consumers.
  void submit_last(job& work) noexcept;
  void when_done(event done, job& work) noexcept;

  // Blocks the calling thread until `until` is signalled (true) or the time has come (false).
  bool wait(blocker& until, deadline at = {});

  // True on a thread that runs a job of this executor, even while it is blocked.
  bool inside() const noexcept;
  unsigned slot() const noexcept;  // of the calling worker; for tracks in traces

  // Called on some thread when nothing can move: no job is queued or running, no event is awaited,
  // and every outside thread that ever used this executor and still lives is blocked in wait(), at
  // least one of them. True: it has made work. False: nothing to be done; not called again before
  // something changes.
  void on_quiet(std::function<bool()> call);

  // Also quiet() may be asked for, e.g. by shutdown: blocks until no job is queued or running and
  // no event is awaited. From outside only.
  void drain();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::detail
