// Streams of the store's own for copies: one caller at a time has one, for as long as it enqueues.
//
//   Owner    lanes are made as they are needed and kept; the driver outlives them.
//   Threads  any.
//   Streams  up and down apart, so that a copy to the device does not queue behind one from it.
//   Errors   take() throws device_error.

#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include <sluice/cuda/stream.hpp>

namespace sluice::detail {

class copy_lanes {
 public:
  explicit copy_lanes(event_pool& events) : events_(events) {}
  copy_lanes(copy_lanes const&) = delete;
  copy_lanes& operator=(copy_lanes const&) = delete;

  class lane {
   public:
    explicit lane(copy_lanes& from) : from_(from), stream_(from.take()) {}
    ~lane() { from_.give(std::move(stream_)); }
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    stream_ref ref() const noexcept { return stream_.ref(); }

   private:
    copy_lanes& from_;
    stream stream_;
  };

 private:
  stream take() {
    {
      std::scoped_lock const lock(mutex_);
      if (!idle_.empty()) {
        stream taken = std::move(idle_.back());
        idle_.pop_back();
        return taken;
      }
      // Giving back must not fail, so the room for it is made here.
      idle_.reserve(++made_);
    }
    return stream(events_);
  }
  void give(stream used) noexcept {
    std::scoped_lock const lock(mutex_);
    idle_.push_back(std::move(used));
  }

  event_pool& events_;

  std::mutex mutex_;
  std::vector<stream> idle_;
  std::size_t made_ = 0;
};

// What the store needs of one device.
struct device_side {
  explicit device_side(driver& of) : device(of), events(of), up(events), down(events) {}

  driver& device;
  event_pool events;
  copy_lanes up;
  copy_lanes down;
};

}  // namespace sluice::detail
