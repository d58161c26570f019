// A store with its devices, streams and disk, and one thread that drives it: what the runtime does
// with queues and pollers is done here on the spot.
//
//   Owner    everything; chunks may outlive it, readings and writers may not.
//   Threads  one.
//   Errors   out_of_memory where a request can never be served.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/store/disk.hpp>
#include <sluice/store/error.hpp>
#include <sluice/store/object_store.hpp>
#include <support/places.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::test {

using bytes = std::vector<std::byte>;

// The same for the same `content` everywhere.
inline bytes content_of(std::uint64_t content, std::size_t size) {
  bytes made(size);
  std::uint64_t state = content * 0x9e3779b97f4a7c15u + 1;
  for (std::byte& each : made) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    each = static_cast<std::byte>(state >> 56);
  }
  return made;
}

inline constexpr location in_host{tier::host};
inline constexpr location in_pinned{tier::pinned};
inline constexpr location on_disk{tier::disk};
inline constexpr location on_device{tier::device, 0};

struct store_limits {
  std::size_t device = 0;  // 0: no device
  std::size_t pinned = 0;
  std::size_t host = std::size_t{1} << 20;
  std::size_t disk = std::size_t{1} << 30;
  std::size_t streams = 3;
  fault_plan* faults = nullptr;
};

class store_world {
 public:
  store_world(place at, store_limits limits, std::unique_ptr<driver> device = nullptr,
              std::unique_ptr<disk> files = open_system_disk())
      : device_(std::move(device)), files_(std::move(files)) {
    store_options options;
    options.pinned_bytes = limits.pinned;
    options.host_bytes = limits.host;
    options.disk_bytes = limits.disk;
    options.spill_dir = folder_.path();
    options.faults = limits.faults;
    std::vector<driver*> devices;
    if (limits.device != 0) {
      if (device_ == nullptr) device_ = open(at);
      options.device_bytes = {limits.device};
      devices.push_back(device_.get());
      events_ = std::make_unique<event_pool>(*device_);
      for (std::size_t i = 0; i < limits.streams; ++i) streams_.emplace_back(*events_);
    }
    store_ = std::make_unique<object_store>(options, devices, *files_);
  }
  ~store_world() {
    for (stream& each : streams_) finish(each.ref());
  }

  object_store& store() { return *store_; }
  std::string const& folder() const { return folder_.path(); }
  stream_ref on(std::size_t i = 0) { return streams_.empty() ? stream_ref() : streams_[i].ref(); }
  void destroy_store() { store_.reset(); }

  std::unique_ptr<memory_request> ask(std::vector<location> const& pools, std::size_t size) {
    return ask(pools, size, ++age_);
  }
  std::unique_ptr<memory_request> ask(std::vector<location> const& pools, std::size_t size,
                                      std::uint64_t age) {
    return std::make_unique<memory_request>(*store_, pools, size, age);
  }
  // Waits for it, spilling meanwhile.
  std::unique_ptr<memory_request> acquire(std::vector<location> const& pools, std::size_t size) {
    auto request = ask(pools, size);
    if (request->start([](void*) noexcept {}, nullptr)) return request;
    while (!request->granted()) {
      spill_result const result = store_->spill();
      if (result.outcome == spill_outcome::pending) finish(result.done);
      if (result.outcome != spill_outcome::stuck || request->granted()) continue;
      pool_figures const now = store_->figures(pools.front());
      throw out_of_memory(pools.front(), size, now.limit_bytes, now.used_bytes);
    }
    return request;
  }

  writer<std::byte> room(location where, std::size_t size, std::size_t stream = 0) {
    auto const request = acquire({where}, size);
    bool const by_device = where.which() == tier::device;
    return writer<std::byte>(request->take_writer(by_device ? on(stream) : stream_ref()));
  }
  // Fills by a copy where only the device reaches the bytes.
  void fill(writer<std::byte> const& into, std::uint64_t content) {
    bytes const& source = sources_.emplace_back(content_of(content, into.size()));
    if (into.where().which() != tier::device) {
      if (!source.empty()) std::memcpy(into.span().data(), source.data(), source.size());
      return;
    }
    into.stream().copy(address::of(raw_view::data(into.view())), address::of(source.data()),
                       source.size(), copy_direction::host_to_device);
  }
  chunk make(location where, std::size_t size, std::uint64_t content, std::size_t stream = 0) {
    writer<std::byte> out = room(where, size, stream);
    fill(out, content);
    return std::move(out).seal();
  }

  // Contents first, first + 1, ..., on all streams in turn.
  std::vector<chunk> make_many(std::size_t count, location where, std::size_t size,
                               std::uint64_t first = 0) {
    std::vector<chunk> made;
    made.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(make(where, size, first + i, streams_.empty() ? 0 : i % streams_.size()));
    return made;
  }

  // Begins one copy of it there, and does not wait.
  event stage(chunk const& source, location target, std::size_t stream = 0) {
    auto const granted = acquire({target}, store_->stage_bytes(source));
    return store_->stage(source, *granted, on(stream));
  }
  // Stages until it can be read there.
  reading<std::byte> open_at(chunk const& source, location reach, stream_ref stream) {
    for (event staged;;) {
      read_attempt attempt = store_->try_read(source, reach, stream);
      if (auto* const ready = std::get_if<detail::reading_base>(&attempt))
        return reading<std::byte>(std::move(*ready));
      if (auto* const wait = std::get_if<needs_event>(&attempt)) {
        wait->done.sync();
      } else {
        staged.is_done();  // throws what hit the copy: it would be made again and again
        auto const& pools = std::get<needs_memory>(attempt).pools;
        auto const target = acquire(pools, store_->stage_bytes(source));
        staged = store_->stage(source, *target, stream);
      }
    }
  }
  // Reads it all at the host.
  bytes read(chunk const& source) {
    auto const open = open_at(source, in_host, stream_ref());
    auto const all = open.span();
    return bytes(all.begin(), all.end());
  }
  // Enqueues a copy of what a reading on the device shows; complete when its stream is.
  bytes const& read_later(reading<std::byte> const& open, stream_ref stream) {
    bytes& into = sources_.emplace_back(open.size());
    stream.copy(address::of(into.data()), address::of(raw_view::data(open.view())), into.size(),
                copy_direction::device_to_host);
    return into;
  }
  bytes read_on_device(chunk const& source, std::size_t stream = 0) {
    auto open = open_at(source, on_device, on(stream));
    bytes const& seen = read_later(open, on(stream));
    open.close();
    on(stream).sync();
    return seen;
  }

  // A stream's work, or an event's.
  template <class Work>
  static void finish(Work const& each) noexcept {
    try {
      each.sync();
    } catch (error const&) {
      // A test that breaks a stream or loses a device says so itself.
    }
  }

  std::vector<location> where(chunk const& source) { return store_->where(source); }
  std::size_t used(location pool) { return store_->figures(pool).used_bytes; }
  // Asks on until devices are done with what was given back, though not for ever: what is still
  // used then is kept.
  std::size_t kept(location pool) {
    for (int i = 0; i < 10'000 && used(pool) != 0; ++i) continue;
    return used(pool);
  }
  std::size_t peak(location pool) { return store_->figures(pool).peak_bytes; }

 private:
  scratch_folder folder_;
  std::unique_ptr<driver> device_;
  std::unique_ptr<disk> files_;
  std::unique_ptr<event_pool> events_;
  std::deque<bytes> sources_;  // copies read and write them late
  std::deque<stream> streams_;
  std::unique_ptr<object_store> store_;
  std::uint64_t age_ = 0;
};

inline std::vector<location> pools(std::initializer_list<location> listed) {
  return std::vector<location>(listed);
}

}  // namespace sluice::test
