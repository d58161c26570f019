// Sizes and counts as people type and read them.
//
//   Units    bytes; KiB, MiB, GiB and TiB are powers of 1024, and a bare number is bytes.
//   Errors   anything else is a usage_error that names the option, the text and what would do.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::tool {

std::size_t parse_size(std::string_view option, std::string_view text);

// A decimal number from `least` to `most`.
struct number_range {
  std::uint64_t least;
  std::uint64_t most;
};
std::uint64_t parse_number(std::string_view option, std::string_view text, number_range range);

// The exact number, in the largest unit that divides it: 8MiB, 1536KiB, 1000000.
std::string exact_size(std::size_t bytes);

// With commas, for summaries: 1,234,567.
std::string grouped(std::uint64_t number);

// Three digits or so, for summaries: 1.4 MiB.
std::string rounded_size(std::uint64_t bytes);

}  // namespace sluice::tool
