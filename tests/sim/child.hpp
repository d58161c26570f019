// Work in a process of its own, so that a crash, a hang or a hazard ends only that.
//
//   Units    seconds.
//   Owner    values.
//   Errors   runtime_error when there can be no such process.

#pragma once

#include <functional>
#include <string>

namespace sluice::test::sim {

class child_end {
 public:
  child_end() = default;

  std::string text;  // what the work returned; of a process that did not end so, nothing
  int status = 0;    // its exit status
  int signal = 0;    // what ended it, if one did; SIGALRM: the time was over
  bool ended_well() const { return status == 0 && signal == 0; }
};

enum class child_stderr : unsigned char { shown, dropped };
child_end in_child(std::function<std::string()> const& work, unsigned limit_s,
                   child_stderr errors = child_stderr::shown);

}  // namespace sluice::test::sim
