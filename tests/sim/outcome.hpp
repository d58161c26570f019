// What a ref leads to, as the oracle sees it.
//
//   Units    bytes.
//   Owner    values.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sim/program.hpp>

namespace sluice::test::sim {

// A value or an error.
struct outcome {
  observation seen;
  std::vector<failure> errors;  // more than one: any of them
  std::size_t stored = 0;       // bytes that opening it may need, parents and partners included

  bool failed() const { return !errors.empty(); }
};

// What memory for `size` bytes is charged with.
std::size_t rounded(std::size_t size);

outcome value_of(kind what, blob made);
outcome failed_with(std::vector<failure> errors);
failure error_of(std::string kind, std::string const& task, std::optional<std::size_t> index);
failure wrong_count(std::string const& task, std::size_t expected, std::size_t got);

}  // namespace sluice::test::sim
