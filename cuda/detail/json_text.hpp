// Text as a JSON string.
//
//   Threads  any.

#pragma once

#include <string>
#include <string_view>

namespace sluice::detail {

std::string json_quoted(std::string_view text);

}  // namespace sluice::detail
