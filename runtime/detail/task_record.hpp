// One submitted task: its arguments, its body's frame, and where it stands. The schedulable node.
//
//   Owner    counted: the scheduler until it has finished, refs (to cancel it) until they settle.
//   Threads  run() on one worker at a time; wake(), cancel() and stop() from any thread.
//   Errors   whatever the arguments or the body throw goes into the returns, once, by finish().
//   Flow     submit -> task_record -> executor -> run -> (body) -> returns
//
// A record moves between: waiting for arguments, opening inputs, running the body, finished. What
// it waits for is always one suspension, armed after the body has returned to run(): so no wake can
// meet a body that is still on its way down, and the stack is as deep as one resume.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/executor.hpp>
#include <sluice/runtime/detail/suspension.hpp>
#include <sluice/runtime/detail/wait_state.hpp>
#include <sluice/runtime/detail/waiter.hpp>
#include <sluice/runtime/place.hpp>

namespace sluice::detail {

class scheduler;
struct task_counters;

// The body may not hog its worker for ever: after this many steps others get a turn. Whom it has
// woken is let first, as soon as what it has made since is not small or has taken a while: a turn
// that is shorter than the change to the next one serves nobody.
inline constexpr unsigned steps_per_turn = 32;
inline constexpr std::size_t small_turn_bytes = 4096;
inline constexpr std::chrono::microseconds short_turn{100};

class task_record : public wake_target, public job {
 public:
  task_record(scheduler& home, task_counters& counters, place where, std::size_t arguments);
  ~task_record() override;

  // Before start(): whose window holds the task back.
  void set_ahead(counted<sequence> values) noexcept { ahead_ = std::move(values); }
  // Hands the record to the scheduler; requires that the returns have been given out.
  void start();

  void wake(std::uint64_t token) noexcept final;
  // It yields no more, and what was not yielded gets `cancelled`.
  void cancel() noexcept { interrupt(wish::cancel); }
  // As cancel, when nobody can name what it would yield.
  void stop() noexcept { interrupt(wish::stop); }

  // Answers to a stall. A thread whose time has come, or one that never used this runtime, may wake
  // the record meanwhile: so its suspension is only touched by its runner, and an answer to a wait
  // that is over does nothing.
  struct waiting_state {
    std::uint64_t token = 0;
    std::optional<wait_kind> on;  // empty: it does not wait
  };
  waiting_state waiting() const noexcept;
  // Ends this wait with an error; false when it is over.
  bool break_wait(std::uint64_t token, stall_verdict why);
  // Lets a window's wait go on although it is full; false when it is over.
  bool let_through(std::uint64_t token) noexcept;
  counted<sequence> const& ahead() const noexcept { return ahead_; }

  bool is_coroutine() const noexcept { return coroutine_; }
  // Somebody wants it to end; of a task that has ended, too.
  bool interrupted() const noexcept { return wish_.load() != wish::none; }
  std::string const& name() const noexcept;
  std::uint64_t age() const noexcept { return age_; }
  place where() const noexcept { return where_; }
  scheduler& home() const noexcept { return home_; }
  stream_ref stream() const noexcept { return stream_; }
  task_counters& counters() const noexcept { return counters_; }

  // The scheduler's list of live records; guarded by its mutex.
  task_record* previous = nullptr;
  task_record* following = nullptr;

 protected:
  virtual bool argument_is_settled(std::size_t i) const noexcept = 0;
  // The wait for argument i to have a value; null when it has one. Throws the error it has instead.
  virtual suspension* settle_argument(std::size_t i) = 0;
  // The wait for argument i's bytes to be readable at where(); null when they are.
  virtual suspension* open_argument(std::size_t i) = 0;
  // The ref behind argument i, if it is one.
  virtual cell* argument_cell(std::size_t i) = 0;
  // Runs a plain body to its end, or makes the frame of a coroutine.
  virtual void begin() = 0;
  // One step of the body. Sets done() when there is no more.
  virtual suspension* resume() = 0;
  // Destroys the frame and then the arguments, so that everything they hold is given back.
  virtual void clear() noexcept = 0;
  // Settles every return that has no value yet; null: the body ended well.
  virtual void settle_returns(std::exception_ptr&& error) noexcept = 0;
  // The index of the value the body is making.
  virtual std::size_t index() const noexcept = 0;

  // With this task and index where the error has none; a stranger's becomes a task_error.
  std::exception_ptr placed(std::exception_ptr error) const noexcept;

  void set_done() noexcept { done_ = true; }
  void mark_coroutine() noexcept { coroutine_ = true; }
  void note_published(std::size_t bytes) noexcept { turn_bytes_ += bytes; }

 private:
  enum class wish : std::uint8_t { none, stop, cancel, ended };  // the first that comes counts
  enum class phase : std::uint8_t { settling, opening, running };

  static void run_job(job& self) noexcept;
  void run() noexcept;
  bool keep_waiting() noexcept;
  suspension* advance();
  bool is_ready() const noexcept;
  void count_uses() noexcept;
  void finish(std::exception_ptr&& error) noexcept;
  void interrupt(wish what) noexcept;
  void run_again() noexcept;

  scheduler& home_;
  task_counters& counters_;
  place const where_;
  std::uint64_t const age_;
  std::size_t const arguments_;
  counted<sequence> ahead_;  // fixed from start() on; null: no window

  // The runner's.
  stream_ref stream_;
  phase phase_ = phase::settling;
  std::size_t argument_ = 0;
  bool in_use_counted_ = false;
  bool done_ = false;
  bool coroutine_ = false;
  std::size_t turn_bytes_ = 0;  // published in this turn
  suspension* waiting_ = nullptr;

  wait_state state_;
  std::atomic<wish> wish_{wish::none};
  std::atomic<wait_kind> waiting_kind_{wait_kind::value};  // of a suspended record
  std::atomic<std::uint64_t> let_through_token_{0};
  std::atomic<std::uint64_t> broken_token_{0};
  stall_verdict broken_;  // written before broken_token_, by the one who answers a stall
};

}  // namespace sluice::detail
