// What a body makes of its arguments, from its first action to its last, or to what ends it.
//
//   Units    bytes.
//   Owner    values; the inputs are borrowed for the call.

#pragma once

#include <cstddef>
#include <vector>

#include <sim/outcome.hpp>
#include <sim/program.hpp>

namespace sluice::test::sim {

struct body_inputs {
  std::vector<outcome> const& given;            // by input; nothing for a sequence
  std::vector<outcome> const* items = nullptr;  // of the sequence
  std::size_t first_item = 0;
  std::size_t values_max = 0;  // of an endless body: more than anybody will see
};

struct worked_body {
  std::vector<outcome> values;
  std::vector<failure> ending;  // any of them; none: it ended well
  std::size_t kept_bytes = 0;   // while it runs: arguments, and the values of a function
  std::size_t most_bytes = 0;   // beside those, at one moment
};

worked_body work_out(task_plan const& plan, body_inputs const& with);

// How many values a task of a fixed number must make.
std::size_t count_of(task_plan const& plan);

}  // namespace sluice::test::sim
