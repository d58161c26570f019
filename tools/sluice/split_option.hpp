// How files become documents: --split file|line|blank|SEP, as a rule for the split kernel.
//
//   Errors   a rule that cannot be used is a usage_error.
//
// Only \n ends a line. A last line without \n counts; behind a last \n there is no further line.
//   file       the bytes of the file, as they are. An empty file is one empty document.
//   line       a line without its \n. An empty file has no line, so no document.
//   blank      a run of lines that are not empty, joined as they stand, without the last \n. An
//              empty file has no run, so no document.
//   separator  the pieces before, between and behind the lines that equal the separator, each
//              without its last \n. Empty pieces count, and an empty file is one. The separator may
//              be empty: then it is the empty line.

#pragma once

#include <string_view>

#include <sluice/kernels/split.hpp>

namespace sluice::tool {

split_rule parse_split(std::string_view option);

std::string_view name_of(split_mode mode) noexcept;
std::string_view separator_of(split_rule const& rule) noexcept;

}  // namespace sluice::tool
