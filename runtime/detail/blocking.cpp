// The scheduler's waits on plain threads, and its answer when nothing can move.

#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/spill_job.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/error.hpp>
#include <sluice/store/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::detail {

namespace {

struct thread_target final : wake_target {
  void wake(std::uint64_t) noexcept override { signal.signal(); }
  blocker signal;
};

}  // namespace

// One thread inside block_on().
struct scheduler::blocked_thread {
  suspension* wait = nullptr;
  std::uint64_t age = 0;
  counted<thread_target> target;
  std::optional<stall_verdict> broken;  // guarded by the scheduler's mutex
};

bool scheduler::block_on(suspension& wait, deadline at) {
  blocked_thread self;
  self.wait = &wait;
  self.age = next_age();
  self.target = make_counted<thread_target>();
  if (!wait.try_arm(wake_call(self.target, 0))) return true;
  {
    std::lock_guard const lock(mutex_);
    blocked_.push_back(&self);
    if (closed_.load()) self.target->signal.signal();
  }
  bool in_time = true;
  do {
    in_time = jobs_->wait(self.target->signal, at);
    wait.disarm();
    std::lock_guard const lock(mutex_);
    if (closed_.load())
      wait.fail(std::make_exception_ptr(cancelled("the runtime is shutting down")));
    else if (self.broken)
      wait.fail_stalled(*self.broken);
  } while (in_time && wait.try_arm(wake_call(self.target, 0)));
  std::lock_guard const lock(mutex_);
  blocked_.remove(&self);
  tell_if_all_gone();
  return in_time;
}

void scheduler::cancel_blocked_threads() noexcept {
  std::lock_guard const lock(mutex_);
  for (blocked_thread* const each : blocked_) each->target->signal.signal();
}

namespace {

// How it ended is for those whose bytes it moved.
void wait_for_end(event const& moved) noexcept {
  try {
    moved.sync();
  } catch (...) {
    return;
  }
}

}  // namespace

void scheduler::take_now(memory_wait& wait) {
  auto const nobody = make_counted<thread_target>();
  while (wait.try_arm(wake_call(nobody, 0))) {
    std::exception_ptr failed;
    spill_result const result = spill_->unit(failed);
    bool const granted = wait.request().granted();
    wait.disarm();
    if (granted) continue;
    if (result.outcome == spill_outcome::pending)
      wait_for_end(result.done);
    else if (result.outcome != spill_outcome::moved)
      wait.fail_stalled({failed, {}});
  }
  wait.rethrow();
}

std::vector<counted<task_record>> scheduler::live_records() const {
  std::lock_guard const lock(mutex_);
  std::vector<counted<task_record>> records;
  records.reserve(live_);
  for (task_record* each = first_; each != nullptr; each = each->following)
    records.emplace_back(each);
  std::sort(records.begin(), records.end(),
            [](auto const& a, auto const& b) { return a->age() < b->age(); });
  return records;
}

bool scheduler::answer_stall() {
  std::exception_ptr failed;
  if (store_->has_waiters()) {
    spill_result const result = spill_->unit(failed);
    if (result.outcome == spill_outcome::moved || result.outcome == spill_outcome::pending) {
      spill_->ask();
      return true;
    }
  }
  auto const records = live_records();
  bool const answered = answer_window_stall(records) || fail_youngest(records, true, failed) ||
                        fail_youngest(records, false, failed);
  if (answered) stalls_.fetch_add(1, std::memory_order_relaxed);
  return answered;
}

bool scheduler::answer_window_stall(std::vector<counted<task_record>> const& records) {
  std::size_t const host_bytes = store_->figures(location(tier::host)).limit_bytes;
  task_record* chosen = nullptr;
  std::optional<std::size_t> least;
  for (auto const& record : records) {
    if (record->waiting().on != wait_kind::window) continue;
    auto const reluctance = record->ahead()->reluctance(host_bytes);
    if (!reluctance || (least && *least <= *reluctance)) continue;
    least = reluctance;
    chosen = &*record;
  }
  return chosen != nullptr && chosen->let_through(chosen->waiting().token);
}

bool scheduler::fail_youngest(std::vector<counted<task_record>> const& records, bool memory_only,
                              std::exception_ptr const& failed) {
  stall_verdict const why{failed, wait_graph(records)};
  auto const counts = [&](wait_kind kind) { return !memory_only || kind == wait_kind::memory; };
  auto task = std::find_if(records.rbegin(), records.rend(), [&](auto const& record) {
    auto const wait = record->waiting();
    return wait.on && counts(*wait.on);
  });
  {
    std::lock_guard const lock(mutex_);
    blocked_thread* youngest = nullptr;
    for (blocked_thread* const each : blocked_)
      if (!each->broken && counts(each->wait->kind()) && (!youngest || each->age > youngest->age))
        youngest = each;
    if (youngest != nullptr && (task == records.rend() || youngest->age > (*task)->age())) {
      youngest->broken = why;
      youngest->target->signal.signal();
      return true;
    }
  }
  return task != records.rend() && (*task)->break_wait((*task)->waiting().token, why);
}

std::string scheduler::wait_graph(std::vector<counted<task_record>> const& records) const {
  constexpr std::size_t lines_max = 12;
  std::string text = "nothing can move: ";
  std::size_t lines = 0;
  for (auto const& record : records) {
    auto const wait = record->waiting();
    if (!wait.on || ++lines > lines_max) continue;
    text += "task '" + record->name() + "' waits for " + std::string(name_of(*wait.on)) + "; ";
  }
  if (lines > lines_max) text += std::to_string(lines - lines_max) + " more tasks wait; ";
  return text + "every thread that uses this runtime is blocked in a wait";
}

}  // namespace sluice::detail
