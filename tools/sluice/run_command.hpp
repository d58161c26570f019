// The `sluice` command from its arguments to its exit code.
//
//   Owner    all of a run: when this returns, nothing of it is left but its result.
//   Threads  call it before the process has other threads: it blocks SIGINT and SIGTERM, and those
//            it starts must have them blocked, too.
//   Errors   none are thrown: an error is one line on `errors` and the exit code of its kind.
//   Flow     arguments -> parse_command -> list_inputs -> chunk_pipeline -> finish_result

#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <sluice/tools/exit_code.hpp>

namespace sluice::tool {

class command_streams {
 public:
  command_streams(std::ostream& summary, std::ostream& problems, int problems_descriptor)
      : out(summary), errors(problems), errors_descriptor(problems_descriptor) {}

  std::ostream& out;
  std::ostream& errors;
  int errors_descriptor;  // where `errors` goes: it may be a terminal
};

// `arguments` without the program's name.
exit_code run_command(std::vector<std::string> arguments, command_streams const& to);

}  // namespace sluice::tool
