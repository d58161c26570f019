// A device that is watched: work that does not come forward makes it count as lost, and no call
// that it blocks is made without an end.
//
//   Units    nanoseconds of the machine's clock.
//   Owner    owns the driver it stands before. Of a device that was given up it gives nothing back,
//            neither memory nor handles, and pinned memory of no device of the machine: a kernel
//            may write there as long as the process lives, and CUDA's calls to free or to destroy
//            may wait for it.
//   Threads  any. look() is called without locks; sync, drains and frees may come with some.
//   Errors   device_timeout from every call once the device was given up. What was done by then
//            stays done; an event that was not will throw for ever.
//   Flow     executor -> poller, then look(now) -> give_up; or sync -> await, look(now) -> give_up
//
// Come forward. Records are numbered in the order they are given, over all streams of the device.
// A record can wait for nothing but older ones and for the work between the one before it on its
// stream and itself. So while the oldest record that is not done stays the same, one such stretch
// of work runs or hangs, whatever other streams do; when it is done, its successor's time begins
// at 0. The device is given up when that time comes to the timeout. Time counts while somebody
// looks: a gap between two looks counts as one part of 2,048, so a clock that jumps, or a process
// that was stopped, is not taken for a device that hangs, and it is asked so many times before.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include <sluice/cuda/driver.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

// What the watched devices of one machine share: pinned memory is used by all of them.
class watched_machine {
 public:
  explicit watched_machine(os_waits& time) noexcept : clock(time) {}

  void add_pinned(void const* memory, std::size_t bytes);
  void remove_pinned(void const* memory) noexcept;
  bool is_pinned(address at) const noexcept;

  os_waits& clock;
  std::atomic<bool> any_given_up{false};

 private:
  mutable std::mutex mutex_;  // guards pinned_
  std::map<std::uintptr_t, std::size_t> pinned_;
};

class watched_driver final : public driver {
 public:
  watched_driver(std::unique_ptr<driver> watched, std::shared_ptr<watched_machine> on,
                 std::chrono::nanoseconds timeout);
  ~watched_driver() override;

  // Asks for the oldest record. `now` was read just before.
  void look(std::chrono::nanoseconds now) noexcept;
  // What one gap between two looks counts at most; to look more often is of little use.
  std::chrono::nanoseconds pace() const noexcept { return pace_; }
  std::size_t records_kept() noexcept;  // of those under way, and some that are over

  device_info const& info() const noexcept override { return watched_->info(); }

  address allocate(std::size_t bytes) override;
  void free(address memory) noexcept override;
  void* allocate_pinned(std::size_t bytes) override;
  void free_pinned(void* memory) noexcept override;
  void note_allocated(allocation_note const& note) noexcept override;
  void note_freed(address memory, std::size_t bytes) noexcept override;
  void note_host_access(address memory, std::size_t bytes, bool writes,
                        std::string_view doing) noexcept override;
  void note_user(stream_handle stream, std::string_view user) noexcept override;

  stream_handle make_stream() override;
  void destroy_stream(stream_handle stream) noexcept override;
  event_handle make_event() override;
  void destroy_event(event_handle event) noexcept override;

  void record(event_handle event, stream_handle stream) override;
  void wait(stream_handle stream, event_handle event, wait_reason reason) override;
  bool is_done(event_handle event) override;
  void sync(event_handle event) override;
  void sync_stream(stream_handle stream) override;

  void copy(stream_handle stream, address to, address from, std::size_t bytes,
            copy_direction direction) override;
  void launch(stream_handle stream, kernel_call const& call) override;

 private:
  struct numbered {
    event_handle event = 0;
    std::uint64_t number = 0;
  };
  struct last_record {
    std::uint64_t number = 0;
    bool done = true;
  };

  bool given_up() const noexcept { return given_up_.load(std::memory_order_acquire); }
  [[noreturn]] void refuse(std::string_view call) const;
  void refuse_if_given_up(std::string_view call) const {
    if (given_up()) refuse(call);
  }
  void note_done(event_handle event) noexcept;
  bool was_done(event_handle event) noexcept;
  template <class Ask>
  void wait_until(std::string_view call, Ask&& is_over);
  std::chrono::nanoseconds counted(std::chrono::nanoseconds gap) const noexcept;
  std::uint64_t take_number() noexcept;
  std::chrono::nanoseconds alone_for(std::uint64_t number, std::chrono::nanoseconds so_far,
                                     std::chrono::nanoseconds gap) noexcept;

  // With mutex_ held.
  bool is_stale(numbered const& each) const noexcept;
  void forget_stale() noexcept;

  // With asking_ held, which keeps the events.
  bool is_over(numbered const& each) noexcept;
  std::uint64_t find_oldest() noexcept;  // 0: nothing is under way
  void give_up(std::chrono::nanoseconds after) noexcept;

  // Fixed.
  std::unique_ptr<driver> const watched_;
  std::shared_ptr<watched_machine> const machine_;
  std::chrono::nanoseconds const timeout_;
  std::chrono::nanoseconds const pace_;

  // Self-synchronised.
  std::atomic<bool> given_up_{false};

  std::chrono::nanoseconds waited_{0};  // written before given_up_

  std::mutex asking_;                       // guards what follows; before mutex_
  std::uint64_t oldest_ = 0;                // at the last look; 0: nothing was under way
  std::chrono::nanoseconds oldest_for_{0};  // how long it has been that
  std::chrono::nanoseconds looked_at_{0};

  std::mutex mutex_;                // guards what follows; not held while the driver is called
  std::deque<numbered> under_way_;  // oldest first; some are stale
  std::unordered_map<event_handle, last_record> last_;
  std::size_t forget_at_ = 64;
  std::uint64_t next_number_ = 1;
};

}  // namespace sluice::detail
