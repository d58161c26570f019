// What `sluice` finds on this machine: versions, devices and why one cannot be used, limits.
//
//   Owner    text.
//   Errors   none: a device that cannot be used is told with its reason.

#pragma once

#include <string>

namespace sluice::tool {

std::string machine_info();

}  // namespace sluice::tool
