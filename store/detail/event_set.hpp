// The events of those who used some memory last.
//
//   Owner    a value; events are counted handles.
//   Threads  one at a time.
//   Errors   none: an event whose work failed counts as over, since nothing runs behind it. Without
//            memory to remember an event, add() waits for it instead. Work of a device that was
//            given up (device_timeout) may run as long as the process: its event is over for who
//            waits, and never over for who wants its memory.

#pragma once

#include <cstddef>
#include <vector>

#include <sluice/cuda/stream.hpp>

namespace sluice::detail {

bool is_over(event const& each) noexcept;
// As far as is known by now: of work that is under way neither is true.
bool is_good(event const& each) noexcept;
bool has_failed(event const& each) noexcept;
// False when the device was given up: what the stream was given may run for ever.
bool drain_quietly(stream_ref stream) noexcept;

// Behind all that a stream was given.
struct stream_end {
  event done;
  bool never = false;  // the device was given up
};
// Where none can be recorded it waits for the stream instead, and the event is empty: whatever the
// stream had is over then, as it is with a device that is lost.
stream_end behind_all_of(stream_ref stream) noexcept;

class event_set {
 public:
  void add(event each) noexcept;
  void add(stream_end const& end) noexcept;
  void add(event_set const& others) noexcept;
  void wait_on(stream_ref stream, wait_reason reason) const;

  bool over() noexcept;   // asks, and forgets those that are
  void sync() noexcept;   // blocks, until all are over or one never will be
  event pending() const;  // one of them
  bool empty() const noexcept { return events_.empty() && !never_; }
  // One of them will never be over, as far as was asked.
  bool never_over() const noexcept { return never_; }
  void set_never_over() noexcept { never_ = true; }

 private:
  void prune() noexcept;

  bool forget(event const& each) noexcept;

  std::vector<event> events_;
  bool never_ = false;
  std::size_t prune_at_ = 8;
};

}  // namespace sluice::detail
