// The events of those who used some memory last.
//
//   Owner    a value; events are counted handles.
//   Threads  one at a time.
//   Errors   none: an event whose work failed counts as over, since nothing runs behind it. Without
//            memory to remember an event, add() waits for it instead.

#pragma once

#include <cstddef>
#include <vector>

#include <sluice/cuda/stream.hpp>

namespace sluice::detail {

bool is_over(event const& each) noexcept;
// As far as is known by now: of work that is under way neither is true.
bool is_good(event const& each) noexcept;
bool has_failed(event const& each) noexcept;
void drain_quietly(stream_ref stream) noexcept;
// Behind all that `stream` was given. Where none can be recorded it waits for the stream instead,
// and is empty: whatever the stream had is over then, as it is with a device that is lost.
event behind_all_of(stream_ref stream) noexcept;

class event_set {
 public:
  void add(event each) noexcept;
  void add(event_set const& others) noexcept;
  void wait_on(stream_ref stream, wait_reason reason) const;

  bool over() noexcept;   // asks, and forgets those that are
  void sync() noexcept;   // blocks
  event pending() const;  // one of them
  bool empty() const noexcept { return events_.empty(); }

 private:
  void prune() noexcept;

  std::vector<event> events_;
  std::size_t prune_at_ = 8;
};

}  // namespace sluice::detail
