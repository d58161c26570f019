// The driver of CUDA devices: every call goes through the table of the module that links CUDA.

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sluice/cuda/detail/cuda_driver.hpp>
#include <sluice/cuda/detail/trace_writer.hpp>
#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice {

namespace detail {

namespace {

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

[[noreturn]] void throw_problem(sluice_cuda_problem const& problem) {
  if (problem.is_sticky != 0) throw device_lost(problem.call, problem.code, problem.text);
  throw device_error(problem.call, problem.code, problem.text);
}

// For what the driver, lazy loading of kernels and libraries take besides us.
std::size_t without_headroom(sluice_cuda_device const& device) {
  std::uint64_t const headroom = std::max(device.total_bytes / 20, std::uint64_t{512} << 20);
  return device.free_bytes > headroom ? static_cast<std::size_t>(device.free_bytes - headroom) : 0;
}

void* pointer(std::uint64_t handle) {
  return reinterpret_cast<void*>(handle);
}
std::uint64_t handle_of(void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

class cuda_driver final : public driver {
 public:
  cuda_driver(sluice_cuda_driver_table const& table, int index, trace* log, kernel_launches kernels)
      : table_(table),
        index_(index),
        kernels_(std::move(kernels)),
        log_(log, "cuda:" + std::to_string(index)) {
    sluice_cuda_device found{};
    call(table_.open, &found);
    info_.kind = device_kind::cuda;
    info_.index = index;
    info_.name = found.name;
    info_.memory_bytes = without_headroom(found);
  }

  device_info const& info() const noexcept override { return info_; }

  address allocate(std::size_t bytes) override {
    void* memory = nullptr;
    call(table_.allocate, bytes, &memory);
    return address::of(memory);
  }
  void free(address memory) noexcept override {
    call_quietly(table_.free, pointer(memory.value()));
  }
  void* allocate_pinned(std::size_t bytes) override {
    void* memory = nullptr;
    call(table_.allocate_pinned, bytes, &memory);
    return memory;
  }
  void free_pinned(void* memory) noexcept override { call_quietly(table_.free_pinned, memory); }

  stream_handle make_stream() override {
    void* stream = nullptr;
    call(table_.make_stream, &stream);
    std::scoped_lock const lock(mutex_);
    numbers_.insert_or_assign(handle_of(stream), ++streams_made_);
    return handle_of(stream);
  }
  void destroy_stream(stream_handle stream) noexcept override {
    {
      std::scoped_lock const lock(mutex_);
      numbers_.erase(stream);
    }
    call_quietly(table_.destroy_stream, pointer(stream));
  }
  event_handle make_event() override {
    void* event = nullptr;
    call(table_.make_event, &event);
    return handle_of(event);
  }
  void destroy_event(event_handle event) noexcept override {
    call_quietly(table_.destroy_event, pointer(event));
  }

  void record(event_handle event, stream_handle stream) override {
    auto given = begin(trace_kind::event_record, "record", 0);
    call(table_.record, pointer(event), pointer(stream));
    end(std::move(given), stream);
  }
  void wait(stream_handle stream, event_handle event, wait_reason reason) override {
    auto given = begin(trace_kind::stream_wait, name_of(reason), 0);
    call(table_.wait, pointer(stream), pointer(event));
    end(std::move(given), stream);
  }
  bool is_done(event_handle event) override {
    int done = 0;
    call(table_.is_done, pointer(event), &done);
    return done != 0;
  }
  void sync(event_handle event) override { call(table_.sync, pointer(event)); }
  void sync_stream(stream_handle stream) override { call(table_.sync_stream, pointer(stream)); }
  bool await(event_handle event) override {
    return asked_for_a_while([&] { return is_done(event); });
  }
  bool await_stream(stream_handle stream) override {
    return asked_for_a_while([&] { return is_idle(stream); });
  }
  bool await_all() override {
    std::vector<stream_handle> all;
    {
      std::scoped_lock const lock(mutex_);
      for (auto const& [stream, number] : numbers_) all.push_back(stream);
    }
    return std::ranges::all_of(all, [&](stream_handle each) { return await_stream(each); });
  }

  void copy(stream_handle stream, address to, address from, std::size_t bytes,
            copy_direction direction) override {
    auto given = begin(trace_kind::copy, name_of(direction), bytes);
    call(table_.copy, pointer(stream), pointer(to.value()), pointer(from.value()), bytes,
         static_cast<int>(direction));
    end(std::move(given), stream);
  }

  void launch(stream_handle stream, kernel_call const& kernel) override {
    auto given = begin(trace_kind::kernel, kernel.name, view_bytes(kernel));
    sluice_cuda_launch launch{};
    launch.kernel = kernel.name;
    launch.arguments = kernel.arguments;
    launch.argument_bytes = kernel.argument_bytes;
    launch.workspace = pointer(kernel.workspace.value());
    launch.workspace_bytes = kernel.workspace_bytes;
    auto const own = kernels_.empty() ? kernels_.end() : kernels_.find(kernel.name);
    call(own != kernels_.end() ? own->second : table_.launch, pointer(stream), &launch);
    end(std::move(given), stream);
  }

 private:
  bool is_idle(stream_handle stream) const {
    int idle = 0;
    call(table_.is_idle, pointer(stream), &idle);
    return idle != 0;
  }
  // Never a call that blocks: of a device that hangs it would not return.
  template <class Ask>
  static bool asked_for_a_while(Ask&& ask) {
    constexpr int asks_max = 64;
    for (int asks = 0; asks < asks_max; ++asks)
      if (ask()) return true;
    return false;
  }

  template <class... Parameters, class... Given>
  void call(int (*function)(int, Parameters...), Given... given) const {
    sluice_cuda_problem problem{};
    if (function(index_, given..., &problem) != 0) throw_problem(problem);
  }
  template <class... Parameters, class... Given>
  void call_quietly(int (*function)(int, Parameters...), Given... given) const noexcept {
    sluice_cuda_problem problem{};
    function(index_, given..., &problem);
  }

  // The trace shows the call on the host: when the device ran it is not asked, for a timed event
  // costs more than the operation. Both ticks are the call's.
  trace_record begin(trace_kind kind, std::string_view name, std::uint64_t bytes) const {
    trace_record record;
    if (!log_) return record;
    record.kind = kind;
    record.name = name;
    record.bytes = bytes;
    record.enqueue_tick = record.begin_tick = log_.tick();
    record.begin_ns = log_.now_ns();
    return record;
  }
  void end(trace_record record, stream_handle stream) const {
    if (!log_) return;
    record.end_ns = log_.now_ns();
    std::uint64_t number = 0;
    {
      std::scoped_lock const lock(mutex_);
      if (auto const found = numbers_.find(stream); found != numbers_.end()) number = found->second;
    }
    log_.add(std::move(record), number);
  }

  // Fixed.
  sluice_cuda_driver_table const& table_;
  int const index_;
  kernel_launches const kernels_;
  device_info info_;
  trace_writer const log_;

  // Guarded by mutex_: the streams there are, and what the trace calls each, whose handle CUDA uses
  // again.
  std::mutex mutable mutex_;
  std::unordered_map<stream_handle, std::uint64_t> numbers_;
  std::uint64_t streams_made_ = 0;
};

std::optional<std::string> visible_devices() {
  char const* const set = std::getenv("CUDA_VISIBLE_DEVICES");
  if (set == nullptr) return std::nullopt;
  return std::string(set);
}

}  // namespace

std::string why_no_device(sluice_cuda_facts const& facts,
                          std::optional<std::string> const& visible) {
  constexpr int stub_library = 34;
  constexpr int insufficient_driver = 35;
  constexpr int unsupported_ptx = 222;
  constexpr int no_device = 100;
  if (facts.code == 0 && facts.devices > 0) return {};
  if (facts.code == stub_library)
    return "the libcuda.so.1 that is found is the toolkit's stub, not a driver; take it off the "
           "library path";
  if (facts.driver_version == 0) return "no NVIDIA driver is installed (libcuda.so.1 is missing)";
  if (facts.code == insufficient_driver || facts.code == unsupported_ptx)
    return "the NVIDIA driver is too old: it serves CUDA " + version_text(facts.driver_version) +
           ", this build needs " + version_text(facts.runtime_version) + "; update the driver";
  if (visible && (visible->empty() || visible->front() == '-'))
    return "CUDA_VISIBLE_DEVICES='" + *visible + "' hides every device; unset it";
  if (facts.code == 0 || facts.code == no_device) return "the NVIDIA driver finds no device";
  return "CUDA cannot be used: " + std::string(facts.text) + " (code " +
         std::to_string(facts.code) + ")";
}

std::unique_ptr<driver> make_cuda_driver(sluice_cuda_driver_table const& table, int index,
                                         trace* log, kernel_launches kernels) {
  return std::make_unique<cuda_driver>(table, index, log, std::move(kernels));
}

}  // namespace detail

namespace {

cuda_presence presence_in(detail::cuda_module const& module) {
  cuda_presence presence;
  presence.reason = module.reason;
  if (module.table == nullptr) return presence;
  sluice_cuda_facts facts{};
  module.table->facts(&facts);
  presence.reason = detail::why_no_device(facts, detail::visible_devices());
  if (presence.reason.empty()) presence.devices = facts.devices;
  return presence;
}

}  // namespace

cuda_presence find_cuda() {
  return presence_in(detail::open_cuda_module());
}

std::unique_ptr<driver> open_cuda(int index, trace* log) {
  detail::cuda_module const module = detail::open_cuda_module();
  cuda_presence const presence = presence_in(module);
  std::string const what = "CUDA device " + std::to_string(index) + ": ";
  if (presence.devices == 0) throw device_unavailable(what + presence.reason);
  if (index < 0 || index >= presence.devices)
    throw device_unavailable(what + "there are " + std::to_string(presence.devices) +
                             ", counted from 0");
  try {
    return detail::make_cuda_driver(*module.table, index, log,
                                    detail::open_kernel_modules(*module.table));
  } catch (error const& refused) {
    throw device_unavailable(what + refused.what());
  }
}

}  // namespace sluice
