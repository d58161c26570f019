// The difference between what a program saw and what it must see, in words.

#pragma once

#include <string>
#include <vector>

#include <sim/oracle.hpp>
#include <sim/program.hpp>

namespace sluice::test::sim {

// One step that saw what it must not.
class difference {
 public:
  difference() = default;
  difference(std::string rule_broken, std::string words)
      : rule(std::move(rule_broken)), text(std::move(words)) {}

  explicit operator bool() const { return !text.empty(); }

  std::string rule;  // the same for differences of the same sort: "value: absent"
  std::string text;
};

// Of a kind that only faults lead to.
bool is_of_fault(failure const& error);

// The first difference; none when everything is as it may be.
difference compare(program const& all, prediction const& must, std::vector<observation> const& saw);

}  // namespace sluice::test::sim
