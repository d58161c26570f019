// Documents laid out in one text, with bytes between them that belong to none, cut into chunks at
// any byte: what kernels behind split are given, made without split.
//
//   Units    bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <sluice/kernels/text.hpp>

namespace sluice::test {

using random_source = std::mt19937_64;

// 0 .. limit - 1.
inline std::size_t below(random_source& random, std::size_t limit) {
  return static_cast<std::size_t>(random() % limit);
}

struct document_chunk {
  std::vector<std::uint8_t> text;
  std::vector<piece> pieces;
  std::vector<std::size_t> documents;  // of each piece
};

inline std::vector<document_chunk> chunked(random_source& random,
                                           std::vector<std::string> const& documents,
                                           std::size_t chunk_bytes_max) {
  std::vector<document_chunk> chunks(1);
  std::size_t room = 1 + below(random, chunk_bytes_max);
  auto const cut = [&] {
    chunks.emplace_back();
    room = 1 + below(random, chunk_bytes_max);
  };
  auto const put = [&](char byte) {
    chunks.back().text.push_back(static_cast<std::uint8_t>(byte));
    --room;
  };
  auto const add_piece = [&](std::size_t document, bool begins) {
    auto const at = static_cast<std::uint32_t>(chunks.back().text.size());
    chunks.back().pieces.push_back({at, 0, static_cast<std::uint8_t>(begins), 0, 0});
    chunks.back().documents.push_back(document);
  };
  for (std::size_t i = 0; i < documents.size(); ++i) {
    for (auto gap = below(random, 3); gap != 0; --gap) {
      if (room == 0) cut();
      put(static_cast<char>(random()));
    }
    if (room == 0 || below(random, 8) == 0) cut();
    add_piece(i, true);
    for (auto const byte : documents[i]) {
      if (room == 0) {
        cut();
        add_piece(i, false);
      }
      put(byte);
      ++chunks.back().pieces.back().length;
    }
    // The end of a document may become known only in the next chunk.
    if (!documents[i].empty() && below(random, 4) == 0) {
      cut();
      add_piece(i, false);
    }
    chunks.back().pieces.back().ends = 1;
  }
  return chunks;
}

// Of random bytes; most are short, some have up to `longest` bytes.
inline std::vector<std::string> random_documents(random_source& random, std::size_t count,
                                                 std::size_t longest) {
  std::vector<std::string> documents(count);
  for (auto& each : documents) {
    each.resize(below(random, 1 + (below(random, 4) == 0 ? longest : longest / 8)));
    for (auto& byte : each) byte = static_cast<char>(random());
  }
  return documents;
}

}  // namespace sluice::test
