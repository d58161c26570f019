// What happens before what, as it follows from the calls alone: stream order, events and what the
// host has waited for.
//
//   Threads  one at a time.
//   Streams  the host is one entity, whatever thread calls: that threads are ordered among
//            themselves is for ThreadSanitizer to check. What is given to a stream is behind all
//            that the host has done and knows to be done; the host is behind a stream's work when
//            it has synced with, or found done, an event recorded behind it.

#pragma once

#include <vector>

#include <sluice/cuda/detail/vector_clock.hpp>

namespace sluice::detail {

class happens_before {
 public:
  static constexpr entity host = 0;

  happens_before() : clocks_(1), released_(1, true) {}

  // Behind the host. The same numbers come again for streams whose work the host knows to be done.
  entity add_stream();
  bool is_over(entity gone) const noexcept {
    return clocks_[host].contains(gone, clocks_[gone].at(gone));
  }
  void use_again(entity gone);

  // Work is given to `stream`: behind everything the host did so far.
  void give(entity stream) {
    clocks_[stream].join(clocks_[host]);
    released_[host] = true;
  }
  vector_clock record(entity stream) {
    released_[stream] = true;
    return clocks_[stream];
  }
  void wait(entity stream, vector_clock const& recorded) { clocks_[stream].join(recorded); }
  void host_learns(vector_clock const& recorded) { clocks_[host].join(recorded); }
  // All of its work is done.
  void host_learns_all(entity stream) { clocks_[host].join(clocks_[stream]); }

  vector_clock const& of(entity each) const noexcept { return clocks_[each]; }
  // An access: its epoch. What others learnt before does not include it.
  epoch touch(entity each);
  // Whether something was recorded behind that access of a stream.
  bool was_released(entity by, epoch when) const noexcept {
    return clocks_[by].at(by) > when || released_[by];
  }

 private:
  std::vector<vector_clock> clocks_;
  std::vector<bool> released_;  // since its last access
};

}  // namespace sluice::detail
