// The calls of a simulated device that wait, and what hangs: only work that hangs can keep one.

#include <chrono>
#include <source_location>

#include <sluice/cuda/detail/sim_driver.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice::detail {

void sim_driver::sync(event_handle event) {
  auto lock = enter("a sync with an event");
  record_ref const asked = last_record(event);
  if (asked == nullptr) return learn(event, asked);
  if (!run_until(lock, asked)) give_up("a sync with an event");
  learn(event, asked);
  throw_failure(asked);
}

bool sim_driver::await(event_handle event) {
  auto lock = enter("a wait for an event");
  record_ref const asked = last_record(event);
  if (asked != nullptr && !run_until(lock, asked)) return false;
  learn(event, asked);
  if (asked != nullptr) throw_failure(asked);
  return true;
}

void sim_driver::sync_stream(stream_handle stream) {
  if (!await_stream(stream)) give_up("a sync with a stream");
}

bool sim_driver::await_stream(stream_handle stream) {
  auto lock = enter("a sync with a stream");
  if (hangs(stream)) return false;
  std::uint32_t const on = given(stream).noted;
  sim_mark mark;
  mark.record = std::make_shared<sim_record>(stream);
  record_ref const asked = mark.record;
  enqueue(given(stream), sim_operation(std::move(mark)));
  if (!run_until(lock, asked)) return false;
  hazards_.host_learns_stream(on);
  throw_failure(asked);
  return true;
}

bool sim_driver::await_all() {
  auto lock = enter("a wait for all work");
  drain(lock);
  return !any_hangs();
}

void sim_driver::give_up(std::string_view call) const {
  throw device_timeout(call, info_.index, std::chrono::nanoseconds(0));
}

bool sim_driver::any_hangs() const noexcept {
  for (auto const& [handle, each] : streams_)
    if (each.hangs) return true;
  return false;
}

// Whether its front operation can never run, or never ends. As in needed(), the chain ends.
bool sim_driver::hangs(stream_handle stream) const {
  for (;;) {
    auto const found = streams_.find(stream);
    if (found == streams_.end() || found->second.queue.empty()) return false;
    if (found->second.hangs) return true;
    auto const* const wait = std::get_if<sim_wait>(&found->second.queue.front().what);
    if (wait == nullptr || wait->record == nullptr || wait->record->done) return false;
    stream = wait->record->stream;
  }
}

bool sim_driver::run_until(locked& lock, record_ref const& asked) {
  for (unsigned turn = 1; !asked->done; ++turn) {
    auto chosen = streams_.end();
    if (turn % sim_schedule::sync_patience == 0) chosen = needed(*asked);
    if (chosen == streams_.end()) chosen = choose(asked.get());
    if (chosen != streams_.end())
      run_front(lock, chosen);
    else if (any_busy())
      ran_.wait(lock);
    else if (any_hangs())
      return false;
    else
      throw internal_error("a sync that no operation can end", std::source_location::current());
  }
  return true;
}

void sim_driver::drain(locked& lock) {
  for (;;) {
    auto const chosen = choose(nullptr);
    if (chosen != streams_.end())
      run_front(lock, chosen);
    else if (any_busy())
      ran_.wait(lock);
    else
      return;
  }
}

}  // namespace sluice::detail
