// The seam: the calls of which everything about a device is made. Three drivers stand behind it:
// host (streams run at the call), sim (runs late, in a seeded order) and cuda.
//
//   Units    bytes.
//   Owner    handles belong to the driver that made them; the classes above destroy them.
//   Threads  every call may come from any thread. Calls for one stream are ordered by the caller.
//   Streams  work on one stream runs in the order given; `wait` orders it behind an event's last
//            record, nothing else orders two streams. Nothing needs to have run when a call
//            returns, but the source of a copy from pageable memory must stay until its event.
//   Errors   device_error (the call, its code) or device_lost. The asking calls throw the error
//            of the work they ask about. Destroying and freeing throw nothing. Where only work that
//            hangs could end a call, a simulated device throws device_timeout in its place, and
//            keeps memory that is freed; a CUDA device blocks. The runtime does not come that far
//            when it was given a time (runtime_options::device_timeout).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sluice/cuda/view.hpp>

namespace sluice {

// An address in the memory of a device or of the host. Not a pointer: a device's bytes cannot be
// reached through it.
class address {
 public:
  address() = default;
  explicit address(std::uintptr_t value) noexcept : value_(value) {}
  static address of(void const* host) noexcept {
    return address(reinterpret_cast<std::uintptr_t>(host));
  }

  std::uintptr_t value() const noexcept { return value_; }
  address operator+(std::size_t bytes) const noexcept { return address(value_ + bytes); }
  explicit operator bool() const noexcept { return value_ != 0; }
  friend bool operator==(address, address) = default;

 private:
  std::uintptr_t value_ = 0;
};

enum class copy_direction : std::uint8_t { host_to_device, device_to_host, device_to_device };
std::string_view name_of(copy_direction direction) noexcept;

// Why a stream waits; the name of the edge in traces and in mutation tests.
enum class wait_reason : std::uint8_t {
  input_written,  // a reading behind the write of its chunk
  memory_reused,  // a writer behind the last users of its memory
  spill_read,     // a copy to a lower tier behind the write of its source
  stage_read,     // a copy to a higher tier behind the write of its source
};
inline constexpr std::size_t wait_reason_count = 4;
std::string_view name_of(wait_reason reason) noexcept;

enum class device_kind : std::uint8_t { host, sim, cuda };
std::string_view name_of(device_kind kind) noexcept;

struct device_info {
  device_kind kind = device_kind::host;
  int index = 0;
  std::string name;
  std::size_t memory_bytes = 0;  // what may be allocated, all in all
};

// One contiguous range that a kernel touches.
struct access {
  address begin;
  std::size_t bytes = 0;
  bool writes = false;
  bool reads = false;  // also what was there before; what does not write reads in any case
};

using stream_handle = std::uint64_t;
using event_handle = std::uint64_t;

// A piece of memory that has a new owner.
struct allocation_note {
  allocation_note(address begin, std::size_t room) noexcept
      : memory(begin), room_bytes(room), used_bytes(room) {}

  address memory;
  std::size_t room_bytes;
  std::size_t used_bytes;    // nobody writes behind them
  stream_handle stream = 0;  // whose work has it; 0: the host's
};

// What a body runs with on the host side of the seam; see kernels' `exec`.
struct host_run {
  std::byte* workspace = nullptr;
  std::size_t workspace_bytes = 0;
};

// A kernel with its arguments, type-erased. `arguments` is copied by the call.
struct kernel_call {
  char const* name = nullptr;  // also the key in the device module's kernel table
  void (*host)(void const* arguments, host_run const& run) = nullptr;
  void const* arguments = nullptr;
  std::size_t argument_bytes = 0;  // at most kernel_argument_bytes_max
  address workspace;
  std::size_t workspace_bytes = 0;
  std::span<access const> accesses;
};
inline constexpr std::size_t kernel_argument_bytes_max = 512;

class driver {
 public:
  driver() = default;
  driver(driver const&) = delete;
  driver& operator=(driver const&) = delete;
  virtual ~driver() = default;

  virtual device_info const& info() const noexcept = 0;

  // Memory comes in few large pieces; the store divides it. A refusal is device_error.
  virtual address allocate(std::size_t bytes) = 0;
  virtual void free(address memory) noexcept = 0;
  virtual void* allocate_pinned(std::size_t bytes) = 0;
  virtual void free_pinned(void* memory) noexcept = 0;
  // For simulated devices, which poison and check (cuda/hazards.hpp); others need not know. Memory
  // that changes hands: pieces of extents and of pinned memory, in the order of streams; and
  // pageable memory, which is gone for good when it is freed.
  virtual void note_allocated(allocation_note const&) noexcept {}
  virtual void note_freed(address, std::size_t) noexcept {}
  // The host gets to these bytes, or is done with them; `doing` in words, "opens a reading".
  virtual void note_host_access(address, std::size_t, bool /*writes*/,
                                std::string_view /*doing*/) noexcept {}
  // Who gives work to the stream from here on, for reports: "task 'tokens'". Stream 0 is the host.
  virtual void note_user(stream_handle, std::string_view) noexcept {}

  virtual stream_handle make_stream() = 0;
  virtual void destroy_stream(stream_handle stream) noexcept = 0;
  virtual event_handle make_event() = 0;
  virtual void destroy_event(event_handle event) noexcept = 0;

  virtual void record(event_handle event, stream_handle stream) = 0;
  virtual void wait(stream_handle stream, event_handle event, wait_reason reason) = 0;
  virtual bool is_done(event_handle event) = 0;  // never blocks
  virtual void sync(event_handle event) = 0;     // blocks the host
  // Blocks until all that the stream was given has run; for who has no event behind it.
  virtual void sync_stream(stream_handle stream) = 0;
  // As sync, sync_stream, and what free waits for, for who cannot wait for ever: false after a
  // while of the driver's own choice, when it is not over. Ask again.
  virtual bool await(event_handle event) {
    sync(event);
    return true;
  }
  virtual bool await_stream(stream_handle stream) {
    sync_stream(stream);
    return true;
  }
  virtual bool await_all() { return true; }

  virtual void copy(stream_handle stream, address to, address from, std::size_t bytes,
                    copy_direction direction) = 0;
  virtual void launch(stream_handle stream, kernel_call const& call) = 0;
};

}  // namespace sluice
