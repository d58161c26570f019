// The split rules twice, both slow and plain: whole files to documents, as users read the rules,
// and one chunk to its piece table, as <sluice/kernels/split.hpp> words it. Neither uses the other.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice::test {

std::vector<std::string> documents_of_file(std::string_view text, split_rule const& rule);

// What the reader says of a chunk beside its segments.
struct chunk_edges {
  bool continues;
  bool unfinished;
};

std::vector<piece> pieces_of_chunk(std::string_view chunk, std::span<text_segment const> segments,
                                   split_rule const& rule, chunk_edges edges);

}  // namespace sluice::test
