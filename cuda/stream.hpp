// Streams and events of one device. `sync` blocks the host, `wait` orders the device, `is_done`
// asks.
//
//   Owner    a stream owns its driver handle; stream_ref borrows it. An event is a counted handle
//            to a pooled driver event; the driver must outlive both. Destroying a stream does not
//            wait: work it was given still runs.
//   Threads  events: any. A stream: one thread at a time enqueues (the task that has it); a host
//            stream: any, each runs its own work.
//   Streams  record() marks everything given so far; waiting for an event of the same stream, for a
//            done one or for an empty one costs nothing and enqueues nothing. "Done" is what some
//            is_done or sync has found: asking again, or waiting, is one atomic load. A host stream
//            waits by blocking the host; so does a stream of another device than the event's.
//   Errors   device_error, device_lost from the driver. is_done and sync throw what hit the work,
//            each time they are asked. An error stays with its stream: make a new one to go on.

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <sluice/cuda/driver.hpp>

namespace sluice {

class event_pool;

namespace detail {
struct event_record;
struct stream_state;
struct pool_state;
}  // namespace detail

class event {
 public:
  event() noexcept = default;  // always done

  bool is_done() const;
  void sync() const;
  explicit operator bool() const noexcept { return record_ != nullptr; }
  friend bool operator==(event const&, event const&) = default;

 private:
  friend class stream_ref;
  friend class event_pool;
  explicit event(std::shared_ptr<detail::event_record> record) : record_(std::move(record)) {}

  std::shared_ptr<detail::event_record> record_;
};

class stream_ref {
 public:
  stream_ref() = default;

  // Behind everything given so far. The same event comes back when nothing was given since.
  // A host stream's event is the empty one.
  event record() const;
  void wait(event const& other, wait_reason reason) const;
  void sync() const;
  // As sync(), where no event can be recorded: behind everything, at the price of the host's time.
  void drain() const;

  void copy(address to, address from, std::size_t bytes, copy_direction direction) const;
  void launch(kernel_call const& call) const;

  driver& device() const noexcept;
  stream_handle handle() const noexcept;  // the driver's name of it
  bool runs_on_host() const noexcept;     // work has run when the call returns
  explicit operator bool() const noexcept { return state_ != nullptr; }
  friend bool operator==(stream_ref, stream_ref) = default;

 private:
  friend class stream;
  explicit stream_ref(detail::stream_state* state) noexcept : state_(state) {}

  detail::stream_state* state_ = nullptr;
};

class stream {
 public:
  // Events of the stream come from `pool`, which must be of the same driver and outlive it.
  explicit stream(event_pool& pool);
  ~stream();
  stream(stream&&) noexcept;
  stream& operator=(stream&&) noexcept;

  stream_ref ref() const noexcept { return stream_ref(state_.get()); }

 private:
  std::unique_ptr<detail::stream_state> state_;
};

// Driver events, reused: making one is a driver call that a hot path should not pay.
class event_pool {
 public:
  explicit event_pool(driver& device);
  ~event_pool();
  event_pool(event_pool const&) = delete;
  event_pool& operator=(event_pool const&) = delete;

  driver& device() const noexcept;

 private:
  friend class stream;
  std::shared_ptr<detail::pool_state> state_;  // events may outlive the pool and its streams
};

}  // namespace sluice
