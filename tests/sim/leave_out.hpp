// Leaves out one wait, or one record of an event, of a program that is correct: does the checker
// notice?
//
//   Units    waits and records, counted from 1 in the order of the calls. Those in the stream of
//            the event itself were never given to the device and do not count.
//   Owner    values.
//
// Each run is a process of its own, since what is left out may break it.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sim/child.hpp>
#include <sim/program.hpp>
#include <sluice/cuda/hazards.hpp>

namespace sluice::test::sim {

// What a program has when nothing is left out.
class edge_counts {
 public:
  std::array<std::uint64_t, wait_reason_count> waits{};  // by what they are for
  std::uint64_t records = 0;
  std::string failed;  // what a correct program must not: a hazard, a crash, a difference

  std::uint64_t all_waits() const;
};
edge_counts edges_of(program const& all, unsigned limit_s);

enum class edge : std::uint8_t { wait, record };
enum class left_out : std::uint8_t {
  reported,
  redundant,   // the same happens-before relation without it
  unused,      // another relation, but no two accesses that it orders meet, and nothing differs
  unnoticed,   // something differs, or the process broke, and there was no report
  not_reached  // the program has not come that far
};

class finding {
 public:
  left_out how = left_out::unnoticed;
  wait_reason at = wait_reason::input_written;  // of a wait that was not reported
  std::string words;                            // of what was not noticed
};
finding leave_out(program const& all, edge which, std::uint64_t number, unsigned limit_s,
                  child_stderr reports = child_stderr::dropped);

}  // namespace sluice::test::sim
