// How files become documents: --split file|line|SEP.
//
//   Owner    a value; chosen once for a run.
//   Errors   a rule that cannot be used is a usage_error.
//
// Only \n ends a line. A last line without \n counts; behind a last \n there is no further line.
//   file       the bytes of the file, as they are. An empty file is one empty document.
//   line       a line without its \n. An empty file has no line, so no document.
//   separator  the pieces before, between and after the lines that equal the separator, each without
//              its last \n. Empty pieces count, and an empty file is one. The separator may be
//              empty: then it is the empty line.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::tool {

enum class split_kind { file, line, separator };

class split_rule {
 public:
  static constexpr std::size_t separator_bytes_max = 1024;

  static split_rule parse(std::string_view option);

  split_kind kind() const noexcept { return kind_; }
  std::string const& separator() const noexcept { return separator_; }

 private:
  split_rule(split_kind kind, std::string_view separator) : kind_(kind), separator_(separator) {}

  split_kind kind_;
  std::string separator_;
};

}  // namespace sluice::tool
