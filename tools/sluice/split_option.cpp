#include <sluice/tools/split_option.hpp>

#include <fmt/format.h>

#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

split_rule parse_split(std::string_view option) {
  if (option == "file") return split_rule::by_file();
  if (option == "line") return split_rule::by_line();
  if (option == "blank") return split_rule::by_blank_lines();
  if (option.find('\n') != option.npos) {
    throw usage_error(
        "--split: a separator is one line and cannot hold a line end; "
        "give the text of the line alone");
  }
  if (option.size() > separator_bytes_max) {
    throw usage_error(fmt::format("--split: the separator has {} bytes; give at most {}",
                                  option.size(), separator_bytes_max));
  }
  return split_rule::by_separator(option);
}

std::string_view name_of(split_mode mode) noexcept {
  switch (mode) {
    case split_mode::file:
      return "file";
    case split_mode::line:
      return "line";
    case split_mode::blank:
      return "blank";
    case split_mode::separator:
      break;
  }
  return "separator";
}

std::string_view separator_of(split_rule const& rule) noexcept {
  return {reinterpret_cast<char const*>(rule.separator), rule.separator_bytes};
}

}  // namespace sluice::tool
