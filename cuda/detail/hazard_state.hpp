// What a hazard_log knows: the order of all works of a machine, the history of its memory, and the
// hazards found so far.
//
//   Units    bytes.
//   Owner    its log. Devices and streams are told by numbers that it gives them.
//   Threads  any; one mutex, taken last: nothing is called with it held.
//   Errors   none: a hazard ends the process, or is kept.

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sluice/cuda/detail/happens_before.hpp>
#include <sluice/cuda/detail/shadow_map.hpp>
#include <sluice/cuda/hazards.hpp>

namespace sluice::detail {

// Names by number; the same name has one number.
class name_table {
 public:
  name_table() { number_of(""); }
  std::uint32_t number_of(std::string_view name);
  std::string const& at(std::uint32_t number) const { return names_[number]; }

 private:
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

enum class memory_kind : std::uint8_t { device, pinned, host };

struct noted_allocation {
  std::uint64_t number = 0;
  byte_range range;  // what is used of it
  memory_kind kind = memory_kind::host;
  int device = 0;
  bool is_extent = false;
  std::uint32_t user = 0;
  std::uint64_t freed_before = 0;  // the number of the first work behind it; 0: it was not
};

class hazard_state {
 public:
  using stream_number = std::uint32_t;
  using event_key = std::pair<std::uint32_t, event_handle>;  // of a device

  explicit hazard_state(hazard_options const& options);

  bool checks() const noexcept { return options_.response != hazard_response::ignore; }

  // Devices and streams.
  std::uint32_t add_device(int index, std::uint64_t seed);
  stream_number add_stream(std::uint32_t device, stream_handle handle);
  void remove_stream(stream_number gone);
  void name_user(stream_number stream, std::string_view user);

  // Order. A record's clock is kept by who keeps the record; null: never recorded.
  bool executes_record(stream_number stream, event_key event, vector_clock& clock);
  bool executes_wait(stream_number stream, event_key event, vector_clock const* recorded,
                     wait_reason reason);
  void host_learns(event_key event, vector_clock const* recorded);
  void host_learns_all(std::uint32_t device);
  // Its memory goes with it. Pinned memory that another device would use for ever goes too: devices
  // of one machine end together, and nothing runs any more.
  void device_ends(std::uint32_t device);
  void note_hang();
  void host_learns_stream(stream_number stream);

  // Work.
  std::uint64_t launch(stream_number stream, kernel_call const& call);  // its number
  void copy(stream_number stream, byte_range to, byte_range from, copy_direction direction,
            bool pageable_source);
  void host_access(std::uint32_t device, byte_range range, bool writes, std::string_view doing);

  // Memory.
  void add_extent(std::uint32_t device, byte_range range, bool pinned);
  void remove_extent(std::uint32_t device, byte_range range);
  bool in_pinned(byte_range range) const;
  // Its number, and the parts of it that were free.
  std::uint64_t hand_out(std::uint32_t device, byte_range used, byte_range room,
                         stream_number stream, std::vector<byte_range>& freed);
  void take_back(std::uint32_t device, byte_range room);
  // By work of other devices, for all the host knows. True when nothing is known.
  bool may_be_in_use_elsewhere(std::uint32_t device, byte_range range);

  // What a device found by itself; `number` is that of the work. Allocation 0: the present one.
  void report(hazard_kind kind, hazard_side later, byte_range touched, std::uint64_t allocation,
              std::string missing);
  // For signal handlers: tells what it can without waiting for a lock.
  [[noreturn]] void end_for_host_access(std::uintptr_t at, bool writes) noexcept;
  hazard_side side_of(stream_number stream, std::string work, std::uint64_t number) const;

  std::vector<hazard> hazards() const;
  std::size_t count() const;
  std::uint64_t waits() const;
  std::uint64_t waits(wait_reason at) const;
  std::uint64_t records() const;
  skipped_edge skipped() const;

 private:
  struct noted_device {
    int index = 0;
    std::uint64_t seed = 0;
  };
  struct noted_stream {
    std::uint32_t device = 0;
    stream_handle handle = 0;
    entity by = 0;
    std::uint32_t user = 0;
  };
  struct noted_extent {
    std::uintptr_t end = 0;
    std::uint32_t device = 0;
    bool pinned = false;
    std::uint64_t allocation = 0;
  };
  using site = std::tuple<hazard_kind, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  // All of these with mutex_ held.
  noted_access begin(stream_number stream, work_kind kind, std::string_view name);
  void touch(noted_access const& access);
  void read(noted_access access, byte_range range);
  void write(noted_access access, byte_range range);
  void free(noted_access access, byte_range range);
  void copy_freshness(byte_range to, byte_range from);
  void settle();  // reports what was found
  void settle(conflict const& found);
  void keep(hazard made, site of);
  void sweep_when_large();
  noted_extent const* extent_around(byte_range range) const;
  template <class Which>
  void host_learns_of(Which&& which);
  std::uint64_t add_allocation(noted_allocation added);
  void skip(bool is_wait, stream_number stream, bool was_contained);

  hazard_side side(noted_access const& access) const;
  void describe_memory(hazard_side& side, std::uint64_t allocation, byte_range range) const;
  std::string missing_edge(conflict const& found) const;
  std::string stream_text(std::uint32_t stream) const;

  // Fixed.
  hazard_options const options_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  happens_before order_;
  std::unique_ptr<happens_before> intended_;  // with what is left out
  std::map<event_key, vector_clock> intended_records_;
  shadow_map shadow_;
  name_table names_;
  std::deque<noted_device> devices_;
  std::deque<noted_stream> streams_;  // the first is the host
  std::vector<stream_number> over_;   // destroyed, with an entity that may be used again
  std::map<std::uintptr_t, noted_extent> extents_;
  std::unordered_map<std::uint64_t, noted_allocation> allocations_;
  std::uint64_t next_allocation_ = 1;
  std::uint64_t next_number_ = 1;
  std::uint64_t waits_ = 0;
  std::array<std::uint64_t, wait_reason_count> waits_at_{};
  std::uint64_t records_ = 0;
  skipped_edge skipped_;
  std::size_t sweep_at_ = 4096;
  bool any_hangs_ = false;
  conflicts found_;
  std::vector<byte_range> fresh_;

  std::vector<hazard> kept_;
  std::size_t count_ = 0;
  std::map<site, unsigned> kept_of_;
  std::set<std::tuple<hazard_kind, std::uint64_t, std::uint64_t>> pairs_;
};

struct hazard_access {
  static hazard_state& of(hazard_log& log) noexcept { return *log.state_; }
};

}  // namespace sluice::detail
