// What a program must see, worked out one step after another. Shares nothing with the runtime but
// the program's format.
//
//   Units    bytes.
//   Owner    values.
//
// Where the contract leaves something open, an expectation lists what may come instead; the source
// names the rule that leaves it open.

#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sim/program.hpp>

namespace sluice::test::sim {

struct expectation {
  observation seen;                 // if nothing is open, this and nothing else
  std::vector<failure> instead;     // C9 does not say which of two failed inputs is met
  std::set<std::string> cancelled;  // C12: these tasks may have been cancelled first
  bool short_of_memory = false;     // C15: below the promise, errors of memory may come
  bool faults = false;              // C10, C13: and errors of devices, of the host and its disk
  bool anything = false;            // a stream that such an error was taken from was handed on
  // Kinds and tasks: an error that took an item's place may be a ref where here is none, and what
  // depends on it is there, too, with these errors.
  std::set<std::pair<std::string, std::string>> where_none_is;
};

struct prediction {
  std::vector<expectation> steps;  // one per step of the main program
  std::size_t enough_bytes = 0;    // in each tier: with so much no error of memory may come
  std::size_t enough_for_oldest = 0;
  // C15: with the memory there is, these tasks never pay for others that are younger.
  std::set<std::string> safe;
};

// `fragmented`: memory has something in use in its middle, so that no limit is a promise.
prediction predict(program const& all, bool fragmented = false);

}  // namespace sluice::test::sim
