// Any bytes as text that is UTF-8: a backslash becomes two, and each byte that is no part of a
// character becomes \xNN. So the bytes can be had back.
//
//   Threads  a pure function.

#pragma once

#include <string>
#include <string_view>

namespace sluice::tool {

std::string escaped(std::string_view bytes);

}  // namespace sluice::tool
