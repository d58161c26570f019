// Streams of the store's own for copies: one caller at a time has one, for as long as it enqueues.
//
//   Owner    lanes are made as they are needed and kept; the driver outlives them.
//   Threads  any.
//   Streams  up and down apart, so that a copy to the device does not queue behind one from it. A
//            copy has its lane to itself until it is done: what fails takes its stream along, and
//            would take the next copy too. So there are about as many lanes as copies were ever
//            under way at once. A lane whose last copy was refused or has failed is not lent again.
//   Errors   lend() throws device_error.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/stream.hpp>

namespace sluice::detail {

class copy_lanes {
 public:
  explicit copy_lanes(event_pool& events) : events_(events) {}
  copy_lanes(copy_lanes const&) = delete;
  copy_lanes& operator=(copy_lanes const&) = delete;

  class lane {
   public:
    explicit lane(copy_lanes& from) : from_(from), stream_(from.lend()) {}
    ~lane() {
      if (gave_)
        from_.take_back(idle(std::move(stream_), std::move(last_)));
      else
        from_.forget_one();
    }
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    stream_ref ref() const noexcept { return stream_.ref(); }
    // `last` is behind the copy: the lane is not lent again before it is done.
    void gave(event last) noexcept {
      last_ = std::move(last);
      gave_ = true;
    }

   private:
    copy_lanes& from_;
    stream stream_;
    event last_;
    bool gave_ = false;
  };

 private:
  struct idle {
    idle(stream each, event given) : lane(std::move(each)), last(std::move(given)) {}
    stream lane;
    event last;
  };
  enum class fate : std::uint8_t { free, busy, broken };
  // Asking is a call to the driver. Each loan asks the next few, in turn: where one lane in that
  // many is free it is found, and else another one costs less than to ask them all.
  static constexpr std::size_t asked_max = 4;

  static fate fate_of(idle const& each) noexcept {
    try {
      return each.last.is_done() ? fate::free : fate::busy;
    } catch (...) {
      return fate::broken;
    }
  }

  stream lend() {
    {
      std::scoped_lock const lock(mutex_);
      for (std::size_t left = std::min(asked_max, idle_.size()); left != 0; --left) {
        if (next_ >= idle_.size()) next_ = 0;
        fate const found = fate_of(idle_[next_]);
        if (found == fate::busy) {
          ++next_;
          continue;
        }
        auto const each = idle_.begin() + static_cast<std::ptrdiff_t>(next_);
        stream taken = std::move(each->lane);
        idle_.erase(each);
        if (found == fate::free) return taken;
        --made_;
      }
      // Taking back must not fail, so the room for it is made here.
      if (idle_.capacity() <= made_) idle_.reserve(2 * made_ + 1);
      ++made_;
    }
    return stream(events_);
  }
  void forget_one() noexcept {
    std::scoped_lock const lock(mutex_);
    --made_;
  }
  void take_back(idle used) noexcept {
    std::scoped_lock const lock(mutex_);
    idle_.push_back(std::move(used));
  }

  event_pool& events_;

  std::mutex mutex_;
  std::vector<idle> idle_;
  std::size_t next_ = 0;  // whom the next loan asks first
  std::size_t made_ = 0;
};

// What the store needs of one device.
struct device_side {
  explicit device_side(driver& of)
      : device(of), events(of), up(events), down(events), probe_(of.make_event()) {}
  ~device_side() { device.destroy_event(probe_); }
  device_side(device_side const&) = delete;
  device_side& operator=(device_side const&) = delete;

  // What every call throws once the device is lost or was given up; null while it is there.
  std::exception_ptr loss() const noexcept {
    try {
      device.is_done(probe_);
    } catch (device_lost const&) {
      return std::current_exception();
    } catch (device_timeout const&) {
      return std::current_exception();
    } catch (...) {
      return nullptr;
    }
    return nullptr;
  }

  driver& device;
  event_pool events;
  copy_lanes up;
  copy_lanes down;

 private:
  event_handle const probe_;  // never recorded, so asking for it says how the device is
};

}  // namespace sluice::detail
