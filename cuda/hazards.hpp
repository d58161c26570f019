// The checker of simulated devices: finds accesses to memory that no stream, event or host wait
// orders, whatever order the seed takes, and tells which edge is missing.
//
//   Units    bytes.
//   Owner    shared by the simulated devices of one machine (sim_options), so that pinned memory,
//            several devices and the host have one history.
//   Threads  any. All host threads count as one: what orders them among themselves is for
//            ThreadSanitizer to check.
//   Streams  an access is checked when it is given to its stream, since what happens before it
//            follows from the calls made until then: stream order, events that were recorded and
//            waited for, and what the host has synced with or found done. A hazard is found with
//            every seed, not only where a value comes out wrong.
//   Errors   a hazard is no exception: its text and one line of JSON go to stderr and the process
//            ends with hazard_exit_code, or it is kept for hazards(). Each pair of works is
//            reported once per range, each kind of pair a few times.
//
// What it knows of memory: an extent's or a chunk's bytes are uninitialised when they are handed
// out; copies pass that on, and only kernels, the host and memory that nobody told of complain. Of
// a copy from pageable memory the source may be read at the call or as late as the copy runs, so it
// must be written before the call and stay until the copy's event. Memory keeps its history when it
// is freed and handed out again: the next owner must be behind the former one's last accesses.
// Freeing an extent, or pageable memory, counts as writing to it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/cuda/driver.hpp>

namespace sluice {

enum class hazard_kind : std::uint8_t {
  read_after_write,    // reads what was written, and is not behind the write
  write_after_read,    // writes over what is still to be read
  write_after_write,   // two writes in no order
  use_after_free,      // touches memory that was given back, or gives back what is still in use
  uninitialised_read,  // reads what nobody wrote since the memory was handed out
  undeclared_access,   // a kernel touched memory outside its views
  broken_guard,        // somebody wrote behind the end of a chunk, or to free memory
  host_access,         // the host touched memory of a device
};
inline constexpr std::size_t hazard_kind_count = 8;
std::string_view name_of(hazard_kind kind) noexcept;

// The exit status of a process that a hazard ended.
inline constexpr int hazard_exit_code = 66;

// One of the two works of a hazard.
struct hazard_side {
  hazard_side() = default;

  std::string work;          // "kernel 'add'", "copy device_to_host", "host: opens a reading"
  std::string user;          // the task that had the stream; empty when nobody said
  int device = -1;           // -1: the host
  stream_handle stream = 0;  // 0: the host
  std::uint64_t number = 0;  // counts the works of the machine; 0: there is no such work
  bool writes = false;

  std::uint64_t allocation = 0;  // whose memory it was to this side; 0: nobody told
  std::string memory;            // that allocation in words
  std::size_t offset = 0;        // in the allocation, of what this side touches
  std::size_t bytes = 0;
};

struct hazard {
  hazard() = default;

  std::string text() const;  // a few lines
  std::string json() const;  // one line

  hazard_kind kind = hazard_kind::read_after_write;
  hazard_side earlier;  // in the order of the calls
  hazard_side later;
  std::size_t overlap_offset = 0;  // in the later side's allocation
  std::size_t overlap_bytes = 0;
  std::string missing;  // the edge that would order the two, in words
  std::uint64_t seed = 0;
};

enum class hazard_response : std::uint8_t {
  end_process,
  collect,
  ignore,  // nothing is checked
};

class hazard_options {
 public:
  hazard_options() = default;
  explicit hazard_options(hazard_response asked) : response(asked) {}

  hazard_response response = hazard_response::end_process;
  // Mutations: the wait, or the record of an event, that the devices leave out, counted from 1 over
  // all devices of the machine. Waits for events that were never recorded do not count.
  std::optional<std::uint64_t> skip_wait_number;
  std::optional<std::uint64_t> skip_record_number;
};

// What was left out, and whether anything depended on it.
struct skipped_edge {
  skipped_edge() = default;

  // The same happens-before relation without it, so no checker can tell the difference.
  bool is_redundant() const noexcept { return !order_changed; }

  std::uint64_t number = 0;  // 0: it has not come to that yet
  bool is_wait = true;
  wait_reason reason = wait_reason::input_written;  // of a wait: its call site
  int device = 0;
  stream_handle stream = 0;
  bool was_contained = false;  // at the call: the stream was behind all that the event is behind
  bool order_changed = false;  // some later access is not behind all that it would be behind
};

namespace detail {
class hazard_state;
struct hazard_access;
}  // namespace detail

class hazard_log {
 public:
  explicit hazard_log(hazard_options options = {});
  ~hazard_log();
  hazard_log(hazard_log const&) = delete;
  hazard_log& operator=(hazard_log const&) = delete;

  std::vector<hazard> hazards() const;  // those that were kept
  std::size_t count() const;            // all of them, the repeated ones once

  std::uint64_t waits() const;  // executed or left out
  std::uint64_t waits(wait_reason at) const;
  std::uint64_t records() const;  // the same
  skipped_edge skipped() const;

 private:
  friend struct detail::hazard_access;
  std::unique_ptr<detail::hazard_state> state_;
};

}  // namespace sluice
