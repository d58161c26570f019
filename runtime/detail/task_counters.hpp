// What one task name has done at one place so far.
//
//   Units    nanoseconds of host time inside bodies; bytes of published values.
//   Threads  any; the figures are read while they grow.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <sluice/runtime/place.hpp>

namespace sluice::detail {

struct task_counters {
  task_counters(std::string task, place at, std::string why)
      : name(std::move(task)), where(at), reason(std::move(why)) {}

  // As who uses a stream is told to its device.
  std::string words() const { return "task '" + name + "'"; }

  std::string const name;
  place const where;
  std::string const reason;  // why there
  std::atomic<std::uint64_t> submitted{0};
  std::atomic<std::uint64_t> finished{0};
  std::atomic<std::uint64_t> values{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> steps{0};
  std::atomic<std::uint64_t> busy_ns{0};
};

}  // namespace sluice::detail
