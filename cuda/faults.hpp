// What goes wrong on a simulated machine: named sites, and which visit of a site fails.
//
//   Units    visits, counted from 0 at each site.
//   Owner    shared by everything of one machine that has a site.
//   Threads  any. The same visits in the same order fail the same way.
//   Errors   none: who visits a site that strikes throws what the real thing would throw.
//   Source   two chances, one for a site to be on in a run and one for each visit: client testing
//            of FoundationDB. Once, and from then on: the tests of SQLite.
//
// Nothing goes wrong until something is asked for.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include <sluice/cuda/detail/random.hpp>

namespace sluice {

enum class fault_site : std::uint8_t {
  allocate_device,  // a device's memory, when a store begins
  allocate_pinned,  // a piece of pinned memory, also later
  allocate_host,    // memory of the host for one chunk
  allocate_frame,   // the frame of a coroutine
  give_copy,        // refused at the call; the stream goes on
  give_kernel,
  give_record,
  run_copy,  // met late, by who asks for the stream's events
  run_kernel,
  lose_device,   // no later call to the device succeeds
  open_file,     // EMFILE
  reserve_file,  // ENOSPC
  write_file,    // EIO
  read_file,     // EIO
  short_write,   // fewer bytes than asked for: no error, the caller goes on
  short_read,
  flip_bit,  // in what was read
  hang,      // a kernel or a copy that never ends, nor what is behind it on its stream
};
inline constexpr std::size_t fault_site_count = 18;
std::string_view name_of(fault_site site) noexcept;

class fault_plan {
 public:
  fault_plan() = default;
  fault_plan(fault_plan const&) = delete;
  fault_plan& operator=(fault_plan const&) = delete;

  // Each site is on in four of sixteen seeds; one that is on fails one visit of 2 to 256.
  void draw(std::uint64_t seed);
  // The visit `at` fails, and with `from_then_on` all after it.
  void fail(fault_site site, std::uint64_t at, bool from_then_on = false);
  // From now on nothing goes wrong: what runs must end.
  void stop() noexcept;

  // Whether a visit of it may fail at all, until stop().
  bool is_on(fault_site site) const noexcept;
  // Counts a visit; true: it fails.
  bool strikes(fault_site site) noexcept;

  std::uint64_t visits(fault_site site) const noexcept;
  std::uint64_t struck(fault_site site) const noexcept;

 private:
  struct site_state {
    std::uint64_t one_in = 0;  // 0: off
    detail::seeded_random random{0};
    std::optional<std::uint64_t> at;
    bool from_then_on = false;
    std::uint64_t visits = 0;
    std::uint64_t struck = 0;
  };

  mutable std::mutex mutex_;  // guards what follows
  std::array<site_state, fault_site_count> sites_{};
  bool stopped_ = false;
};

}  // namespace sluice
