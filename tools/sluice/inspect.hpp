// Reads a result back and checks that it is what its manifest says: files, sums, indices, tokens.
//
//   Units    tokens, bytes.
//   Owner    text.
//   Errors   the first thing that is wrong: no manifest is a usage_error, a file that cannot be
//            read an io_error, anything else corruption, with the file and the place in it.

#pragma once

#include <string>

namespace sluice::tool {

// What the result holds, for people or as one JSON object.
std::string inspect_result(std::string const& folder, bool as_json);

}  // namespace sluice::tool
