// The time a body spends in one step, for counters and trace, and whose body runs on a thread.
//
//   Units    nanoseconds of the machine's clock.
//   Owner    the runner's stack. The record may run elsewhere or be gone at the end: only its
//            counters are touched then, and they stay.
//   Threads  one.
//   Flow     task_record.run -> step_record -> task_counters, trace

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include <sluice/runtime/detail/lap_clock.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/task_record.hpp>

namespace sluice::detail {

class step_record {
 public:
  explicit step_record(task_record const& record)
      : home_(record.home()),
        counters_(record.counters()),
        outer_(std::exchange(current_, &record)),
        begin_(lap_clock::begin(home_.clock())) {
    if (home_.log() != nullptr) begin_log();
  }
  ~step_record() {
    current_ = outer_;
    auto const took = lap_clock::end(home_.clock()) - begin_;
    counters_.steps.fetch_add(1, std::memory_order_relaxed);
    counters_.busy_ns.fetch_add(static_cast<std::uint64_t>(took.count()),
                                std::memory_order_relaxed);
    if (home_.log() != nullptr) end_log();
  }
  step_record(step_record const&) = delete;
  step_record& operator=(step_record const&) = delete;

  std::chrono::nanoseconds elapsed() const noexcept { return home_.clock().now() - begin_; }

  // The task whose body runs on this thread, if any.
  static task_record const* current() noexcept { return current_; }

 private:
  void begin_log();
  void end_log() const;

  scheduler& home_;
  task_counters& counters_;
  task_record const* const outer_;
  std::chrono::nanoseconds const begin_;
  std::uint64_t begin_ns_ = 0;  // these two only with a log
  std::uint64_t tick_ = 0;

  static inline thread_local constinit task_record const* current_ = nullptr;
};

}  // namespace sluice::detail
