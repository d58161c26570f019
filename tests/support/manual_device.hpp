// A device whose events are done when the test says so.
//
//   Owner    the device outlives its events.
//   Threads  any, but make_event(): one at a time.
//   Errors   an event that was failed throws device_error from is_done().

#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/stream.hpp>

namespace sluice::test {

class manual_driver final : public driver {
 public:
  manual_driver() { info_.kind = device_kind::sim; }

  device_info const& info() const noexcept override { return info_; }
  address allocate(std::size_t) override { return address(1); }
  void free(address) noexcept override {}
  void* allocate_pinned(std::size_t bytes) override { return ::operator new(bytes); }
  void free_pinned(void* memory) noexcept override { ::operator delete(memory); }
  stream_handle make_stream() override { return ++made_; }
  void destroy_stream(stream_handle) noexcept override {}
  event_handle make_event() override { return ++made_; }
  void destroy_event(event_handle) noexcept override {}
  void record(event_handle event, stream_handle) override {
    std::lock_guard const lock(mutex_);
    last_recorded_ = event;
    states_[event] = progress::under_way;
  }
  void wait(stream_handle, event_handle, wait_reason) override {}
  bool is_done(event_handle event) override {
    asked.fetch_add(1);
    std::lock_guard const lock(mutex_);
    if (states_[event] == progress::failed) throw device_error("work", 719, "the test says so");
    return states_[event] == progress::done;
  }
  void sync(event_handle) override {}
  void sync_stream(stream_handle) override {}
  void copy(stream_handle, address, address, std::size_t, copy_direction) override {}
  void launch(stream_handle, kernel_call const&) override {}

  std::atomic<std::size_t> asked{0};

 private:
  friend class manual_device;
  enum class progress { under_way, done, failed };

  event_handle last_recorded() {
    std::lock_guard const lock(mutex_);
    return last_recorded_;
  }
  void set(event_handle which, progress to) {
    std::lock_guard const lock(mutex_);
    states_[which] = to;
  }

  device_info info_;
  std::atomic<std::uint64_t> made_{0};
  std::mutex mutex_;
  std::map<event_handle, progress> states_;
  event_handle last_recorded_ = 0;
};

class manual_device {
 public:
  class manual_event {
   public:
    event what;
    void finish() { of_->driver_.set(handle_, manual_driver::progress::done); }
    void fail() { of_->driver_.set(handle_, manual_driver::progress::failed); }

   private:
    friend class manual_device;
    manual_event(manual_device& of, event made, event_handle handle)
        : what(std::move(made)), of_(&of), handle_(handle) {}
    manual_device* of_;
    event_handle handle_;
  };

  manual_event make_event() {
    stream_.ref().copy(address(1), address(1), 1, copy_direction::device_to_device);
    event made = stream_.ref().record();
    return {*this, std::move(made), driver_.last_recorded()};
  }
  std::size_t asked() const { return driver_.asked.load(); }

 private:
  manual_driver driver_;
  event_pool pool_{driver_};
  stream stream_{pool_};
};

}  // namespace sluice::test
