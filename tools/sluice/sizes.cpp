#include <sluice/tools/sizes.hpp>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include <sluice/tools/files.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};

// The digits that `text` starts with, which are taken off it; none if there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::size_t> size_of(std::string_view text) {
  auto const number = take_number(text);
  if (!number) return std::nullopt;
  if (text.empty()) return number;
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    if (text != units[unit]) continue;
    auto const shift = 10 * unit;
    if (*number > std::numeric_limits<std::size_t>::max() >> shift) return std::nullopt;
    return *number << shift;
  }
  return std::nullopt;
}

}  // namespace

std::size_t parse_size(std::string_view option, std::string_view text) {
  if (auto const bytes = size_of(text)) return *bytes;
  throw usage_error(fmt::format(
      "{}: '{}' is not a size; give bytes or a number with KiB, MiB, GiB or TiB, as in 256MiB",
      option, shown(text)));
}

std::uint64_t parse_number(std::string_view option, std::string_view text, number_range range) {
  auto rest = text;
  auto const number = take_number(rest);
  if (number && rest.empty() && *number >= range.least && *number <= range.most) return *number;
  throw usage_error(fmt::format("{}: '{}' is {}; give a number from {} to {}", option, shown(text),
                                number && rest.empty() ? "out of range" : "no such number",
                                range.least, range.most));
}

std::string exact_size(std::size_t bytes) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && bytes != 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{}", bytes) : fmt::format("{}{}", bytes, units[unit]);
}

std::string rounded_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (unit + 1 < units.size() && value >= 1024) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, value < 100 ? 1 : 0, units[unit]);
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace sluice::tool
