#include <sluice/runtime/detail/await.hpp>
#include <sluice/runtime/detail/step_record.hpp>
#include <sluice/runtime/detail/task_counters.hpp>
#include <sluice/runtime/error.hpp>

#include <string>
#include <utility>

namespace sluice::detail {

void step_record::begin_log() {
  begin_ns_ = home_.log()->now_ns();
  tick_ = home_.log()->next_tick();
}

void step_record::end_log() const {
  trace_record entry;
  entry.kind = trace_kind::host_step;
  entry.name = counters_.name;
  entry.track = "worker " + std::to_string(home_.jobs().slot());
  entry.begin_ns = begin_ns_;
  entry.end_ns = home_.log()->now_ns();
  entry.enqueue_tick = tick_;
  entry.begin_tick = tick_;
  home_.log()->add(std::move(entry));
}

void refuse_inside_coroutine(char const* what) {
  task_record const* const running = step_record::current();
  if (running != nullptr && running->is_coroutine())
    throw misuse(std::string(what) + " would block the worker of the coroutine body of task '" +
                 running->name() + "'; co_await it instead");
}

}  // namespace sluice::detail
