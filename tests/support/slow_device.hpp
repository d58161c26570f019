// A device each of whose records takes a time, by the clock of its machine: work is done when the
// device behind it says so, and not before its time.
//
//   Units    nanoseconds of the machine's clock.
//   Owner    owns the device behind it; borrows the clock.
//   Threads  any.
//   Streams  the records of one stream take their times one after the other, and a stream that
//            waits for an event begins no sooner than that one's end.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include <sluice/cuda/driver.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::test {

class slow_device final : public driver {
 public:
  slow_device(std::unique_ptr<driver> behind, os_waits& clock, std::chrono::nanoseconds takes)
      : behind_(std::move(behind)), clock_(clock), takes_(takes) {}

  device_info const& info() const noexcept override { return behind_->info(); }
  address allocate(std::size_t bytes) override { return behind_->allocate(bytes); }
  void free(address memory) noexcept override { behind_->free(memory); }
  void* allocate_pinned(std::size_t bytes) override { return behind_->allocate_pinned(bytes); }
  void free_pinned(void* memory) noexcept override { behind_->free_pinned(memory); }
  void note_allocated(allocation_note const& note) noexcept override {
    behind_->note_allocated(note);
  }
  void note_freed(address memory, std::size_t bytes) noexcept override {
    behind_->note_freed(memory, bytes);
  }
  void note_host_access(address memory, std::size_t bytes, bool writes,
                        std::string_view doing) noexcept override {
    behind_->note_host_access(memory, bytes, writes, doing);
  }
  stream_handle make_stream() override { return behind_->make_stream(); }
  void destroy_stream(stream_handle stream) noexcept override { behind_->destroy_stream(stream); }
  event_handle make_event() override { return behind_->make_event(); }
  void destroy_event(event_handle event) noexcept override { behind_->destroy_event(event); }

  void record(event_handle event, stream_handle stream) override {
    behind_->record(event, stream);
    auto const begin = now();
    std::lock_guard const lock(mutex_);
    auto& end = streams_[stream];
    end = std::max(end, begin) + takes_;
    events_[event] = end;
  }
  void wait(stream_handle stream, event_handle event, wait_reason reason) override {
    behind_->wait(stream, event, reason);
    std::lock_guard const lock(mutex_);
    streams_[stream] = std::max(streams_[stream], events_[event]);
  }
  bool is_done(event_handle event) override {
    return is_past(events_, event) && behind_->is_done(event);
  }
  void sync(event_handle event) override { behind_->sync(event); }
  void sync_stream(stream_handle stream) override { behind_->sync_stream(stream); }
  bool await(event_handle event) override {
    return is_past(events_, event) && behind_->await(event);
  }
  bool await_stream(stream_handle stream) override {
    return is_past(streams_, stream) && behind_->await_stream(stream);
  }
  bool await_all() override { return behind_->await_all(); }

  void copy(stream_handle stream, address to, address from, std::size_t bytes,
            copy_direction direction) override {
    behind_->copy(stream, to, from, bytes, direction);
  }
  void launch(stream_handle stream, kernel_call const& call) override {
    behind_->launch(stream, call);
  }

 private:
  using ends = std::map<std::uint64_t, std::chrono::nanoseconds>;

  std::chrono::nanoseconds now() { return clock_.let_pass(std::chrono::nanoseconds(0)); }
  bool is_past(ends& of, std::uint64_t which) {
    auto const time = now();
    std::lock_guard const lock(mutex_);
    auto const found = of.find(which);
    return found == of.end() || found->second <= time;
  }

  std::unique_ptr<driver> const behind_;
  os_waits& clock_;
  std::chrono::nanoseconds const takes_;

  std::mutex mutex_;  // guards what follows
  ends streams_;
  ends events_;
};

}  // namespace sluice::test
