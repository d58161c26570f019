// What the checker remembers of memory, by ranges of bytes: who wrote it last, who has read it
// since, and whether it is somebody's.
//
//   Units    addresses.
//   Owner    a value of its log. It keeps no bytes.
//   Threads  one at a time.
//   Errors   none; conflicts are handed to the caller.
//
// A range splits where accesses overlap in part and becomes one again with the next write over all
// of it. Reads that are behind each other are one: who is behind the last is behind all.

#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <utility>
#include <vector>

#include <sluice/cuda/detail/sim_memory.hpp>
#include <sluice/cuda/detail/vector_clock.hpp>
#include <sluice/cuda/hazards.hpp>

namespace sluice::detail {

enum class work_kind : std::uint8_t { none, kernel, copy, host, free };

// One access to one range.
struct noted_access {
  bool ordered_before(entity later, vector_clock const& clock) const noexcept {
    return by == later || clock.contains(by, when);
  }

  work_kind kind = work_kind::none;
  bool writes = false;
  bool reads = false;  // what was there before
  entity by = 0;
  std::uint32_t stream = 0;  // in the log's tables, as the names
  std::uint32_t name = 0;
  std::uint32_t user = 0;
  epoch when = 0;
  std::uint64_t number = 0;
  std::uint64_t allocation = 0;
  byte_range range;
};

struct conflict {
  hazard_kind kind = hazard_kind::read_after_write;
  noted_access earlier;  // of kind none where there is no such access
  noted_access later;
  byte_range overlap;
};
using conflicts = std::vector<conflict>;

class shadow_map {
 public:
  // `clock` is that of who makes the access.
  void read(noted_access access, vector_clock const& clock, conflicts& found);
  void write(noted_access access, vector_clock const& clock, conflicts& found);
  // Freeing for good: whoever still uses it is in conflict. Nothing is remembered.
  void free(noted_access access, vector_clock const& clock, conflicts& found);

  // Uninitialised, and of this allocation. What the host knows to be over is forgotten.
  void hand_out(byte_range range, std::uint64_t allocation, vector_clock const& host);
  void take_back(byte_range range);
  void forget(byte_range range);

  // Copies: the parts of `range` that nobody wrote, and the same said of a target.
  void find_fresh(byte_range range, std::vector<byte_range>& parts) {
    find(state::fresh, range, parts);
  }
  void find_freed(byte_range range, std::vector<byte_range>& parts) {
    find(state::freed, range, parts);
  }
  void make_fresh(byte_range range);
  void make_written(byte_range range);
  // Whether an access to a part of it that is remembered is one of those.
  template <class Wanted>
  bool any_access(byte_range range, Wanted&& wanted) {
    for (auto each = first_over(range.begin); each != segments_.end() && each->first < range.end;
         ++each) {
      segment const& piece = each->second;
      if (piece.last_write.kind != work_kind::none && wanted(piece.last_write)) return true;
      if (std::ranges::any_of(piece.reads, wanted)) return true;
    }
    return false;
  }
  // Whether somebody handed out all of it.
  bool is_known(byte_range range) const noexcept;
  std::uint64_t allocation_at(std::uintptr_t at) const noexcept;

  std::size_t size() const noexcept { return segments_.size(); }
  // Forgets what the host knows to be over. `used` is called with each allocation still named.
  template <class Used>
  void sweep(vector_clock const& host, Used&& used) {
    for (auto each = segments_.begin(); each != segments_.end();) each = swept(each, host);
    for (auto const& [begin, each] : segments_) {
      used(each.allocation);
      used(each.last_write.allocation);
      for (noted_access const& read : each.reads) used(read.allocation);
    }
  }

 private:
  enum class state : std::uint8_t { unknown, fresh, written, freed };
  struct segment {
    bool has_history() const noexcept {
      return last_write.kind != work_kind::none || !reads.empty();
    }

    std::uintptr_t end = 0;
    state is = state::unknown;
    std::uint64_t allocation = 0;
    noted_access last_write;
    std::vector<noted_access> reads;
  };
  using segments = std::pmr::map<std::uintptr_t, segment>;
  using range_of_segments = std::pair<segments::iterator, segments::iterator>;

  void find(state wanted, byte_range range, std::vector<byte_range>& parts);
  range_of_segments cut(byte_range range);
  void cut_at(std::uintptr_t at);
  segments::iterator first_over(std::uintptr_t at) noexcept;
  void unite(segments::iterator first, segments::iterator last);
  static void forget_before(segment& of, vector_clock const& host);
  segments::iterator swept(segments::iterator each, vector_clock const& host);

  std::pmr::unsynchronized_pool_resource nodes_;
  segments segments_{&nodes_};
};

}  // namespace sluice::detail
