// One record per step of a task and per operation of a device: bounded, and nothing when not asked
// for (a null trace).
//
//   Units    nanoseconds since the trace began; ticks count records of host steps and of device
//            operations, begun or enqueued, in one order over all threads.
//   Owner    the caller owns the trace; names are copied.
//   Threads  any thread may add and write out.
//   Errors   past its bound records are counted, not kept; write() throws io_error.
//   Source   the Chrome trace event format, as the Perfetto UI reads it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class trace_kind : std::uint8_t {
  host_step,  // a body between two suspensions, on a worker
  kernel,     // on a device or at the call on the host
  copy,
  stream_wait,  // only when it was enqueued, not when it was elided
  event_record,
};

struct trace_record {
  trace_kind kind = trace_kind::host_step;
  std::string name;   // task, kernel, direction of a copy, reason of a wait
  std::string track;  // "worker 0", "sim:0 stream 2"
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t enqueue_tick = 0;  // device operations: when it was given to the stream
  std::uint64_t begin_tick = 0;    // when it ran; on cuda, which is not asked, when it was given
  std::uint64_t bytes = 0;         // kernels: size of all views; copies: size
};

class trace {
 public:
  explicit trace(std::size_t records_max = std::size_t{1} << 20);
  ~trace();
  trace(trace const&) = delete;
  trace& operator=(trace const&) = delete;

  std::uint64_t now_ns() const noexcept;
  std::uint64_t next_tick() noexcept;
  void add(trace_record record);

  std::size_t size() const;
  std::size_t dropped() const;
  std::vector<trace_record> records() const;  // a copy, in the order they were added
  void write(std::string const& path) const;  // JSON

 private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

}  // namespace sluice
