// Equal means the same bytes, wherever documents lie in chunks; and nothing else is asked for.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <sluice/kernels/text.hpp>
#include <sluice/tools/document_comparison.hpp>

namespace sluice::tool {
namespace {

// Documents behind each other, cut into chunks at any byte, as the split kernel cuts them.
class cut_documents {
 public:
  cut_documents(std::vector<std::string> const& documents, std::mt19937_64& random) {
    for (std::string const& document : documents) {
      std::size_t done = 0;
      bool begins = true;
      do {
        if (chunks_.empty() || random() % 3 == 0) chunks_.emplace_back();
        // A piece that leaves its document open is the last of its chunk and has a byte.
        std::size_t const rest = document.size() - done;
        bool const all = rest == 0 || random() % 2 == 0;
        std::size_t const length = all ? rest : 1 + random() % rest;
        bool const ends = all || (length == rest && random() % 2 == 0);
        add(document.substr(done, length), begins, ends);
        done += length;
        begins = false;
        if (ends) break;
        chunks_.emplace_back();
      } while (true);
    }
  }

  bool equal(std::size_t left, std::size_t right) {
    document_comparison same(places_[left], places_[right]);
    while (!same.decided()) {
      part const& wanted = chunks_[same.wanted_chunk()];
      same.give(wanted.bytes, wanted.pieces);
    }
    return same.equal();
  }

 private:
  struct part {
    std::vector<std::uint8_t> bytes;
    std::vector<piece> pieces;
  };

  void add(std::string const& text, bool begins, bool ends) {
    part& to = chunks_.back();
    if (begins) {
      document_place first;
      first.chunk = static_cast<std::uint32_t>(chunks_.size() - 1);
      first.piece = static_cast<std::uint32_t>(to.pieces.size());
      places_.push_back(first);
    }
    piece next;
    next.offset = static_cast<std::uint32_t>(to.bytes.size());
    next.length = static_cast<std::uint32_t>(text.size());
    next.begins = begins ? 1 : 0;
    next.ends = ends ? 1 : 0;
    to.pieces.push_back(next);
    to.bytes.insert(to.bytes.end(), text.begin(), text.end());
  }

  std::vector<part> chunks_;
  std::vector<document_place> places_;
};

TEST(DocumentComparison, IsTheComparisonOfStringsHoweverTheyAreCut) {
  char const* const given = ::getenv("SLUICE_SEED");
  std::uint64_t const seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::size_t equal = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> documents;
    for (int i = 0; i < 12; ++i) documents.emplace_back(1 + random() % 6, "ab"[random() % 2]);
    documents.push_back(documents[0] + "x");
    cut_documents cut(documents, random);
    for (std::size_t left = 0; left < documents.size(); ++left) {
      for (std::size_t right = 0; right < documents.size(); ++right) {
        EXPECT_EQ(cut.equal(left, right), documents[left] == documents[right])
            << "'" << documents[left] << "' and '" << documents[right] << "', round " << round;
        equal += documents[left] == documents[right] ? 1 : 0;
      }
    }
  }
  EXPECT_GT(equal, 300u * 13);  // more than each with itself
}

}  // namespace
}  // namespace sluice::tool
