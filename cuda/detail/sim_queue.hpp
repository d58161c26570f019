// What a simulated device still has to do: operations in streams, and the records of events.
//
//   Units    bytes.
//   Owner    a stream owns its operations; a record is shared by the event that names it last, by
//            the operation that makes it and by the waits behind it.
//   Threads  all of it is guarded by the driver's mutex, but the body of the operation that runs:
//            that belongs to the thread that runs it while its stream is `busy`.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <sluice/cuda/detail/sim_memory.hpp>
#include <sluice/cuda/detail/vector_clock.hpp>
#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice::detail {

// What hit the work of a stream. Shared by everything behind it; thrown anew for each who asks.
struct sim_failure {
  enum class lasts : std::uint8_t { for_stream, for_device };

  sim_failure(std::string of, int as, std::string because, lasts until = lasts::for_stream)
      : call(std::move(of)), code(as), text(std::move(because)), kept(until) {}

  std::string const call;
  int const code;
  std::string const text;
  lasts const kept;
};
using failure_ref = std::shared_ptr<sim_failure const>;

// One record of an event: the event may be recorded anew, a wait keeps the one it saw.
struct sim_record {
  explicit sim_record(stream_handle in) : stream(in) {}

  stream_handle const stream;
  vector_clock clock;  // who waits for the record is behind all this
  bool done = false;
  failure_ref failure;
  unsigned polls = 0;
  unsigned bursts = 0;
};
using record_ref = std::shared_ptr<sim_record>;

// Bytes that nobody may have changed: behind the end of a chunk, or free.
struct guarded_bytes {
  byte_range range;
  unsigned char value = 0;
  std::uint64_t allocation = 0;  // 0: free
};

// Bytes to be overwritten when the operations that touched them before have run.
struct sim_poison {
  explicit sim_poison(byte_range over, unsigned char pattern) : range(over), value(pattern) {}

  byte_range const range;
  unsigned char const value;
  std::size_t guards = 0;
  std::vector<guarded_bytes> expected;  // until then
};

struct sim_kernel {
  explicit sim_kernel(kernel_call const& call);

  std::string name;
  void (*host)(void const* arguments, host_run const& run);
  std::vector<std::max_align_t> arguments;
  host_run run;
  std::vector<access> accesses;
  std::uint64_t view_bytes;
  failure_ref refused;  // instead of running: it would touch memory that is not the device's
};

struct sim_copy {
  byte_range to;
  byte_range from;
  copy_direction direction = copy_direction::host_to_device;
  std::vector<std::byte> read_at_call;  // the source's bytes, where they were read then
};

struct sim_wait {
  record_ref record;
  wait_reason reason = wait_reason::input_written;
};

struct sim_mark {
  record_ref record;
};

struct sim_operation {
  template <class What>
  explicit sim_operation(What of) : what(std::move(of)) {}

  std::variant<sim_kernel, sim_copy, sim_wait, sim_mark> what;
  std::uint64_t number = 0;  // in the order they were enqueued
  std::uint64_t noted = 0;   // the hazard log's number of the same
  std::uint64_t enqueue_tick = 0;
  std::vector<std::shared_ptr<sim_poison>> poisons;  // that wait for this one

  std::string name() const;  // of a kernel or copy, for errors
  bool touches(byte_range range) const noexcept;
  std::vector<byte_range> ranges() const;  // that a kernel or copy touches
  // Kernels and copies; waits and marks need no bytes.
  void run() const;
  // The parts of a trace record that do not depend on when it runs.
  trace_record describe() const;
};

struct sim_stream {
  bool can_run() const noexcept;

  std::uint32_t noted = 0;          // by the hazard log
  std::uint64_t user = 0;           // by number_of_name(); 0: nobody
  std::deque<sim_operation> queue;  // a running operation stays at the front
  bool busy = false;
  bool hangs = false;  // the front operation began, and will not end
  std::thread::id runner;
  bool destroyed = false;
  failure_ref failure;  // work behind it does not run
};

}  // namespace sluice::detail
