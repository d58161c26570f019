// With how much memory a program's tasks are promised to get what they ask for (C15): of all that
// wait for some, the youngest pays.
//
//   Units    bytes, in each tier that tasks use.
//   Owner    values.

#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <sim/program.hpp>
#include <sim/worked_body.hpp>

namespace sluice::test::sim {

class memory_needs {
 public:
  explicit memory_needs(program const& all) : all_(all) {}

  void note_object(std::size_t bytes);
  void note_task(task_plan const& plan, worked_body const& body);  // in the order of their ages

  std::size_t enough() const;  // for all of them at once
  std::size_t enough_for_oldest() const;
  // Those that never pay for others that are younger.
  std::set<std::string> safe_with(std::size_t bytes) const;

 private:
  struct holder {
    task_plan const* plan;
    std::size_t bytes;
    bool waits_for_others;
    std::size_t own() const { return waits_for_others ? 0 : bytes; }
  };

  std::size_t beside_the_oldest() const;

  program const& all_;
  std::vector<holder> holders_;
  std::size_t needed_ = 0;
  std::vector<std::size_t> functions_;
  std::size_t largest_ = 0;
};

}  // namespace sluice::test::sim
