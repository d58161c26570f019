// The split rules twice, both slow and plain: whole files to documents, as users read the rules, and
// one chunk to its piece table, as <sluice/tools/text_reader.hpp> words it. Neither uses the other.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/split_rule.hpp>
#include <sluice/tools/text_reader.hpp>

namespace sluice::testing_support {

struct piece {
  std::size_t offset;
  std::size_t bytes;
  bool operator==(piece const&) const = default;
};

std::vector<std::string> documents_of_file(std::string_view text, tool::split_rule const& rule);

std::vector<piece> pieces_of_chunk(std::string_view chunk, std::span<tool::segment const> segments,
                                   bool continues, tool::split_rule const& rule);

}  // namespace sluice::testing_support
