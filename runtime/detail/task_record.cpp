#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/step_record.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/error.hpp>

#include <utility>

namespace sluice::detail {

namespace {

// Records made runnable by this thread: how a step knows that it has woken somebody.
thread_local std::uint64_t wakes_here = 0;

}  // namespace

task_record::task_record(scheduler& home, task_counters& counters, place where,
                         std::size_t arguments)
    : job(&run_job),
      home_(home),
      counters_(counters),
      where_(where),
      age_(home.next_age()),
      arguments_(arguments) {}

task_record::~task_record() = default;

std::string const& task_record::name() const noexcept {
  return counters_.name;
}

void task_record::start() {
  retain();  // until finish()
  // A window must not take the time in a queue for a time in which nobody uses the arguments.
  if (arguments_ != 0 && is_ready()) count_uses();
  home_.add(*this);
  home_.jobs().submit(*this);
}

void task_record::wake(std::uint64_t token) noexcept {
  if (state_.wake(token)) run_again();
}

void task_record::run_again() noexcept {
  ++wakes_here;
  home_.jobs().submit(*this);
}

void task_record::interrupt(wish what) noexcept {
  wish none = wish::none;
  wish_.compare_exchange_strong(none, what);
  // Either the runner sees the wish after it has begun to arm, or it is seen arming here.
  if (state_.wake_any()) run_again();
}

bool task_record::break_wait(std::uint64_t token, stall_verdict why) {
  if (!state_.is_suspended(token)) return false;
  broken_ = std::move(why);
  broken_token_.store(token);
  wake(token);
  return true;
}

bool task_record::let_through(std::uint64_t token) noexcept {
  if (!state_.is_suspended(token)) return false;
  let_through_token_.store(token);
  wake(token);
  return true;
}

task_record::waiting_state task_record::waiting() const noexcept {
  std::uint64_t const token = state_.suspended_token();
  wait_kind const kind = waiting_kind_.load();
  if (token == 0 || !state_.is_suspended(token)) return {};
  return {token, kind};
}

void task_record::run_job(job& self) noexcept {
  static_cast<task_record&>(self).run();
}

void task_record::run() noexcept {
  step_record const step(*this);
  if (waiting_ != nullptr) {
    waiting_->disarm();
    std::uint64_t const token = state_.token();
    if (token != 0 && broken_token_.exchange(0) == token) waiting_->fail_stalled(broken_);
    if (token != 0 && let_through_token_.exchange(0) == token) waiting_->give_way();
  }
  std::uint64_t const wakes_before = wakes_here;
  turn_bytes_ = 0;
  for (unsigned steps = 0;; ++steps) {
    if (interrupted()) return finish(nullptr);
    if (waiting_ != nullptr && keep_waiting()) return;
    if (interrupted()) return finish(nullptr);
    // Whom the last steps woke runs first: consumers before producers.
    bool const woke = wakes_here != wakes_before;
    if (steps >= steps_per_turn ||
        (woke && (turn_bytes_ > small_turn_bytes || step.elapsed() > short_turn))) {
      home_.jobs().submit_last(*this);
      return;
    }
    std::exception_ptr thrown;
    try {
      waiting_ = advance();
    } catch (...) {
      thrown = std::current_exception();
    }
    // After the handler, so that whoever gets the error may be its only owner.
    if (thrown) return finish(std::move(thrown));
    if (done_) return finish(nullptr);
  }
}

// True: suspended, and perhaps already running elsewhere: the record is not ours any more.
bool task_record::keep_waiting() noexcept {
  while (waiting_ != nullptr) {
    std::uint64_t const token = state_.begin();
    waiting_kind_.store(waiting_->kind());
    bool const armed =
        !interrupted() && waiting_->try_arm(wake_call(counted<wake_target>(this), token));
    if (!armed) {
      state_.go_on();
      if (!interrupted()) waiting_ = nullptr;
      return false;
    }
    home_.clock().pause();
    if (!interrupted() && state_.suspend(token)) return true;
    state_.go_on();
    waiting_->disarm();
    if (interrupted()) return false;
  }
  return false;
}

suspension* task_record::advance() {
  if (phase_ == phase::settling) {
    for (; argument_ < arguments_; ++argument_)
      if (suspension* const wait = settle_argument(argument_)) return wait;
    if (arguments_ != 0) count_uses();
    stream_ = home_.lease_stream(where_, counters_);
    phase_ = phase::opening;
    argument_ = 0;
  }
  if (phase_ == phase::opening) {
    for (; argument_ < arguments_; ++argument_)
      if (suspension* const wait = open_argument(argument_)) return wait;
    phase_ = phase::running;
    begin();
    if (done_) return nullptr;
  }
  return resume();
}

bool task_record::is_ready() const noexcept {
  for (std::size_t i = 0; i < arguments_; ++i)
    if (!argument_is_settled(i)) return false;
  return true;
}

void task_record::count_uses() noexcept {
  if (std::exchange(in_use_counted_, true)) return;
  for (std::size_t i = 0; i < arguments_; ++i)
    if (cell* const argument = argument_cell(i))
      if (argument->from() != nullptr) argument->from()->use_begins();
}

void task_record::finish(std::exception_ptr&& error) noexcept {
  // Cancel against end: one of them is first, and a body that ends later has made nothing more.
  wish first = wish::none;
  if (!wish_.compare_exchange_strong(first, wish::ended))
    error = std::make_exception_ptr(
        cancelled(first == wish::cancel ? "somebody asked for it, or the runtime is shutting down"
                                        : "nobody can take its values any more"));
  if (error) error = placed(std::move(error));
  // The origins outlive the arguments' cells: those may be the last to hold them.
  std::vector<counted<cell>> used;
  if (in_use_counted_)
    for (std::size_t i = 0; i < arguments_; ++i)
      if (cell* const argument = argument_cell(i))
        if (argument->from() != nullptr) used.emplace_back(argument);
  waiting_ = nullptr;
  clear();
  for (auto const& argument : used) argument->from()->use_ends();
  used.clear();
  if (stream_) home_.return_stream(where_, std::exchange(stream_, {}));
  ++counters_.finished;
  settle_returns(std::move(error));
  home_.remove(*this);
  release();
}

std::exception_ptr task_record::placed(std::exception_ptr error) const noexcept {
  try {
    std::rethrow_exception(error);
  } catch (sluice::error& known) {
    known.set_place(name(), index());
    return error;
  } catch (std::exception const& cause) {
    try {
      std::throw_with_nested(task_error(name(), index(), cause.what()));
    } catch (...) {
      return std::current_exception();
    }
  } catch (...) {
    try {
      std::throw_with_nested(task_error(name(), index(), "something that is no std::exception"));
    } catch (...) {
      return std::current_exception();
    }
  }
}

}  // namespace sluice::detail
