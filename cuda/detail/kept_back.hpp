// Whom a schedule keeps back: one of the streams, or one of the tasks, that it has seen so far.
//
//   Units    numbers of streams, or of names; 0 is nobody.
//   Threads  one at a time.
//
// It is the one whose drawn rank is lowest, so each of those seen is it with the same chance, and
// two schedules with one salt that have seen the same keep back the same.

#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include <sluice/cuda/detail/random.hpp>

namespace sluice::detail {

class kept_back {
 public:
  explicit kept_back(std::uint64_t salt) noexcept : salt_(salt) {}

  void see(std::uint64_t who) noexcept {
    if (who == 0 || mixed(salt_ ^ who) > rank_) return;
    rank_ = mixed(salt_ ^ who);
    who_ = who;
  }
  bool is(std::uint64_t who) const noexcept { return who != 0 && who == who_; }

 private:
  std::uint64_t salt_;
  std::uint64_t rank_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t who_ = 0;
};

// Of the task that starve_task keeps back, on all devices and threads of a machine.
inline std::uint64_t starved_task_salt(std::uint64_t seed) noexcept {
  return mixed(seed ^ 0x7374617276656421u);
}

// The same for a name on every machine, and never 0 (FNV-1a).
inline std::uint64_t number_of_name(std::string_view name) noexcept {
  std::uint64_t number = 0xcbf29ce484222325u;
  for (char const each : name)
    number = (number ^ static_cast<unsigned char>(each)) * 0x100000001b3u;
  return number | 1;
}

}  // namespace sluice::detail
