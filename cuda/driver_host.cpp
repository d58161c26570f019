// The driver of the host: a stream is the calling thread, so everything has run when a call
// returns.

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <new>

#include <sluice/cuda/detail/trace_writer.hpp>
#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice {

namespace {

constexpr int out_of_memory_code = 2;  // as cudaErrorMemoryAllocation
constexpr std::align_val_t alignment{4096};

device_info host_info() {
  device_info info;
  info.kind = device_kind::host;
  info.name = "host";
  info.memory_bytes = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return info;
}

class host_driver final : public driver {
 public:
  explicit host_driver(trace* log) : log_(log, "host") {}

  device_info const& info() const noexcept override { return info_; }

  address allocate(std::size_t bytes) override { return address::of(allocate_pinned(bytes)); }
  void free(address memory) noexcept override {
    free_pinned(reinterpret_cast<void*>(memory.value()));
  }
  void* allocate_pinned(std::size_t bytes) override {
    void* const memory = ::operator new(bytes, alignment, std::nothrow);
    if (memory == nullptr)
      throw device_error("allocate " + std::to_string(bytes) + " bytes on the host",
                         out_of_memory_code, "out of memory");
    return memory;
  }
  void free_pinned(void* memory) noexcept override { ::operator delete(memory, alignment); }

  stream_handle make_stream() override { return next_.fetch_add(1, std::memory_order_relaxed); }
  void destroy_stream(stream_handle) noexcept override {}
  event_handle make_event() override { return next_.fetch_add(1, std::memory_order_relaxed); }
  void destroy_event(event_handle) noexcept override {}

  void record(event_handle, stream_handle) override {}
  void wait(stream_handle, event_handle, wait_reason) override {}
  bool is_done(event_handle) override { return true; }
  void sync(event_handle) override {}
  void sync_stream(stream_handle) override {}

  void copy(stream_handle stream, address to, address from, std::size_t bytes,
            copy_direction direction) override {
    auto record = begin(trace_kind::copy, name_of(direction), bytes);
    std::memmove(reinterpret_cast<void*>(to.value()), reinterpret_cast<void*>(from.value()), bytes);
    end(std::move(record), stream);
  }

  void launch(stream_handle stream, kernel_call const& call) override {
    auto record = begin(trace_kind::kernel, call.name, detail::view_bytes(call));
    host_run run;
    run.workspace = reinterpret_cast<std::byte*>(call.workspace.value());
    run.workspace_bytes = call.workspace_bytes;
    call.host(call.arguments, run);
    end(std::move(record), stream);
  }

 private:
  trace_record begin(trace_kind kind, std::string_view name, std::uint64_t bytes) {
    trace_record record;
    if (!log_) return record;
    record.kind = kind;
    record.name = name;
    record.bytes = bytes;
    record.enqueue_tick = record.begin_tick = log_.tick();
    record.begin_ns = log_.now_ns();
    return record;
  }
  void end(trace_record record, stream_handle stream) {
    if (!log_) return;
    record.end_ns = log_.now_ns();
    log_.add(std::move(record), stream);
  }

  device_info const info_ = host_info();
  detail::trace_writer const log_;

  std::atomic<std::uint64_t> next_{1};
};

}  // namespace

std::unique_ptr<driver> open_host(trace* log) {
  return std::make_unique<host_driver>(log);
}

}  // namespace sluice
