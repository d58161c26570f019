// One way of running small tasks and streaming small items, to be measured beside others.
//
//   Units    counts of tasks and items; whoever calls takes the time.
//   Threads  run_*() use `threads` threads, the calling one included or waiting for them. They are
//            started by the constructor of what make_*() gives, and joined by its destructor.
//
// tasks: empty tasks whose results are taken, given out 32 at a time and awaited, by one of the
// threads. items: a producer makes numbers one by one and a consumer adds them up, at most 8 of
// them alive, each where the system has such a limit.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::bench {

inline constexpr std::uint64_t tasks_at_once = 32;
inline constexpr std::uint64_t items_alive_max = 8;

class contender {
 public:
  virtual ~contender() = default;

  virtual std::string name() const = 0;
  virtual std::uint64_t run_tasks(std::uint64_t count) = 0;  // the sum of the results: count
  virtual std::uint64_t run_items(std::uint64_t count) = 0;  // the sum of 0 to count - 1
};

std::unique_ptr<contender> make_sluice(unsigned threads);
std::unique_ptr<contender> make_onetbb(unsigned threads);
std::unique_ptr<contender> make_openmp(unsigned threads);

}  // namespace sluice::bench
