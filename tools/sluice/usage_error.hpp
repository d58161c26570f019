// What the user typed or named cannot be used: an option, an input, an output that exists already.
//
//   Owner    thrown by value before the run starts; a fault of the run itself is a sluice::error.
//   Errors   what() is one line: what, where, what to do. The command ends with exit code 2.

#pragma once

#include <stdexcept>
#include <string>

namespace sluice::tool {

class usage_error : public std::runtime_error {
 public:
  explicit usage_error(std::string const& line) : std::runtime_error(line) {}
};

}  // namespace sluice::tool
