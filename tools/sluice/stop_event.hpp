// A request to stop that a thread waiting for a descriptor can see.
//
//   Owner    one descriptor, closed with it.
//   Threads  any; once raised it stays so.
//   Errors   the constructor: io_error when the system has no descriptors left.

#pragma once

#include <sluice/tools/files.hpp>

namespace sluice::tool {

class stop_event {
 public:
  stop_event();

  void raise() noexcept;

  // Waits until there is something to read in `descriptor`, or its end; false: stopped before that.
  bool wait_readable(int descriptor) const;

 private:
  file_handle event_;
};

}  // namespace sluice::tool
