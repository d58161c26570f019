// The number a run of `sluice` ends with, for shells and schedulers. docs/errors.md has the table.

#pragma once

#include <sluice/cuda/error.hpp>

namespace sluice::tool {

enum class exit_code : int {
  ok = 0,
  failed = 1,
  usage = 2,
  resources = 3,  // memory or disk
  device = 4,
  files = 5,  // refused by the system, or damaged
  deadlock = 6,
  internal = 70,
  interrupted = 130,  // SIGINT
  terminated = 143,   // SIGTERM
};

exit_code exit_code_of(error_kind kind) noexcept;

}  // namespace sluice::tool
