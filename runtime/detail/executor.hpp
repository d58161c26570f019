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
// that as many jobs run as there are slots; it takes a free slot again before it goes on. Past 256
// such threads none are added: their slots stay empty until one of them comes back.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/blocker.hpp>
#include <sluice/runtime/detail/job.hpp>

namespace sluice {
class machine;
}

namespace sluice::detail {

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
  // The same for the last thing a job does: wakes no other thread, for this one is soon free. A
  // second one in the same job makes the first an ordinary submit().
  void submit_next(job& work) noexcept;
  // Behind everything that is queued now: producers give way to consumers. With one worker exactly
  // so; with more, work that others hold may still be under way.
  void submit_last(job& work) noexcept;
  // Once `done` is done; now, if it is already.
  void when_done(event done, job& work) noexcept;

  // Blocks the calling thread until `until` is signalled (true, and the signal is taken) or the
  // time has come (false). Not from on_quiet's call.
  bool wait(blocker& until, deadline at = {});

  // True on a thread that runs a job of this executor, even while it is blocked.
  bool inside() const noexcept;
  unsigned slot() const noexcept;  // of the calling worker, for tracks in traces; else `workers`

  // The calling thread holds something that others may wait for: from here on nothing is quiet
  // (on_quiet) while it runs. submit() and wait() say so, too.
  void enter() noexcept;

  // Called on some thread when nothing can move: no job is queued or running, no event is awaited,
  // and every outside thread that ever used this executor and still lives is blocked in wait(), at
  // least one of them. A job that is blocked in wait() does not run; a thread whose signal has come
  // is not blocked. True: it has made work, or given a signal. False: nothing to be done; not
  // called again before something changes. Set before the first submit; must not throw or wait.
  void on_quiet(std::function<bool()> call);

  // Blocks until no job is queued, running or blocked, and no event is awaited. From outside only;
  // the caller counts as blocked in wait().
  void drain();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::detail
