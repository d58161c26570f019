// The streams of one device, lent to its tasks: each has one to itself, on which nobody before it
// still works, since what hits the work of one task must not be met by the next (C3).
//
//   Owner    all streams; they stay until the end, for whoever still has a ref to one.
//   Threads  any.
//   Streams  one that is lent is idle. Where too many were returned that still work, lease() waits
//            for one of them: so far the host may run ahead.
//   Errors   of making a stream. One whose work failed is never lent again.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include <sluice/cuda/stream.hpp>

namespace sluice::detail {

class device_streams {
 public:
  explicit device_streams(driver& device) : events_(device) {}

  stream_ref lease();
  void give_back(stream_ref lent) noexcept;

 private:
  stream_ref take_idle();

  event_pool events_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<stream>> all_;
  std::deque<stream_ref> returned_;  // the first one first
};

}  // namespace sluice::detail
