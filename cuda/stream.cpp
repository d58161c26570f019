#include <sluice/cuda/stream.hpp>

#include <sluice/cuda/error.hpp>

namespace sluice {

namespace detail {

// Lives as long as the pool, a stream of it or an event of it.
struct pool_state {
  explicit pool_state(driver& of) : device(of), on_host(of.info().kind == device_kind::host) {}
  ~pool_state() {
    for (event_handle const each : idle_) device.destroy_event(each);
  }
  pool_state(pool_state const&) = delete;
  pool_state& operator=(pool_state const&) = delete;

  event_handle take() {
    {
      std::scoped_lock const lock(mutex_);
      if (!idle_.empty()) {
        event_handle const taken = idle_.back();
        idle_.pop_back();
        return taken;
      }
      // Giving back must not fail, so the room for it is made here.
      ++made_;
      if (idle_.capacity() < made_) idle_.reserve(2 * made_);
    }
    return device.make_event();
  }
  // A waiter's edge is fixed at the call to wait(), so a handle may be recorded anew at any time.
  void give_back(event_handle handle) noexcept {
    std::scoped_lock const lock(mutex_);
    idle_.push_back(handle);
  }
  std::uint64_t next_stream() noexcept { return streams_.fetch_add(1, std::memory_order_relaxed); }

  driver& device;
  bool const on_host;

 private:
  std::atomic<std::uint64_t> streams_{0};

  std::mutex mutex_;
  std::vector<event_handle> idle_;
  std::size_t made_ = 0;
};

using pool_ref = std::shared_ptr<pool_state>;

// One record of one stream: `handle` is not recorded again before this is gone.
struct event_record {
  event_record(pool_ref from, std::uint64_t stream)
      : pool(std::move(from)), stream_index(stream), handle(pool->take()) {}
  ~event_record() { pool->give_back(handle); }
  event_record(event_record const&) = delete;
  event_record& operator=(event_record const&) = delete;

  bool ask() {
    if (done.load(std::memory_order_acquire)) return true;
    if (!pool->device.is_done(handle)) return false;
    done.store(true, std::memory_order_release);
    return true;
  }
  void sync() {
    if (done.load(std::memory_order_acquire)) return;
    pool->device.sync(handle);
    done.store(true, std::memory_order_release);
  }

  pool_ref const pool;
  std::uint64_t const stream_index;  // never the driver's handle: those are recycled
  event_handle const handle;
  std::atomic<bool> done{false};  // and done without an error
};

struct stream_state {
  explicit stream_state(pool_ref from)
      : pool(std::move(from)), index(pool->next_stream()), handle(pool->device.make_stream()) {}
  ~stream_state() { pool->device.destroy_stream(handle); }
  stream_state(stream_state const&) = delete;
  stream_state& operator=(stream_state const&) = delete;

  bool wrote(event_record const& record) const noexcept {
    return record.pool == pool && record.stream_index == index;
  }

  // A host stream has nothing to remember, so that threads may share it.
  void note_given() noexcept {
    if (!pool->on_host) given = true;
  }

  pool_ref const pool;
  std::uint64_t const index;
  stream_handle const handle;

  // Of the thread that enqueues.
  std::shared_ptr<event_record> last;  // behind everything given, unless `given`
  bool given = false;
};

}  // namespace detail

bool event::is_done() const {
  return record_ == nullptr || record_->ask();
}

void event::sync() const {
  if (record_ != nullptr) record_->sync();
}

event stream_ref::record() const {
  if (state_->pool->on_host) return event();
  if (state_->given) {
    auto fresh = std::make_shared<detail::event_record>(state_->pool, state_->index);
    device().record(fresh->handle, state_->handle);
    state_->last = std::move(fresh);
    state_->given = false;
  }
  return event(state_->last);
}

void stream_ref::wait(event const& other, wait_reason reason) const {
  detail::event_record* const record = other.record_.get();
  if (record == nullptr || record->done.load(std::memory_order_acquire)) return;
  if (state_->wrote(*record)) return;
  if (state_->pool->on_host || &record->pool->device != &device()) {
    record->sync();
    return;
  }
  device().wait(state_->handle, record->handle, reason);
  state_->note_given();
}

void stream_ref::sync() const {
  record().sync();
}

void stream_ref::drain() const {
  device().sync_stream(state_->handle);
}

void stream_ref::copy(address to, address from, std::size_t bytes, copy_direction direction) const {
  if (bytes == 0) return;
  device().copy(state_->handle, to, from, bytes, direction);
  state_->note_given();
}

void stream_ref::launch(kernel_call const& call) const {
  require(call.argument_bytes <= kernel_argument_bytes_max, "kernel arguments are too large");
  device().launch(state_->handle, call);
  state_->note_given();
}

driver& stream_ref::device() const noexcept {
  return state_->pool->device;
}

stream_handle stream_ref::handle() const noexcept {
  return state_->handle;
}

bool stream_ref::runs_on_host() const noexcept {
  return state_->pool->on_host;
}

stream::stream(event_pool& pool) : state_(std::make_unique<detail::stream_state>(pool.state_)) {}
stream::~stream() = default;
stream::stream(stream&&) noexcept = default;
stream& stream::operator=(stream&&) noexcept = default;

event_pool::event_pool(driver& device) : state_(std::make_shared<detail::pool_state>(device)) {}
event_pool::~event_pool() = default;

driver& event_pool::device() const noexcept {
  return state_->device;
}

}  // namespace sluice
