#include <sluice/tools/document_comparison.hpp>

#include <algorithm>
#include <cstring>

namespace sluice::tool {

void document_comparison::give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) {
  side& to = wanted();
  if (pieces.empty()) {  // a chunk with nothing of the document in it
    ++to.at.chunk;
    return;
  }
  to.bytes = bytes;
  to.pieces = pieces;
  to.offset = 0;
  compare();
}

// Compares what both sides have; ends when one needs its next chunk, or the answer is there.
void document_comparison::compare() {
  while (!left_.pieces.empty() && !right_.pieces.empty()) {
    piece const& a = left_.pieces[left_.at.piece];
    piece const& b = right_.pieces[right_.at.piece];
    std::size_t const common = std::min(a.length - left_.offset, b.length - right_.offset);
    if (common != 0 && std::memcmp(left_.bytes.data() + a.offset + left_.offset,
                                   right_.bytes.data() + b.offset + right_.offset, common) != 0) {
      decided_ = true;
      return;
    }
    left_.offset += common;
    right_.offset += common;
    bool const left_ended = left_.offset == a.length && a.ends != 0;
    bool const right_ended = right_.offset == b.length && b.ends != 0;
    if (left_ended && right_ended) {
      decided_ = equal_ = true;
      return;
    }
    // Where one has ended and the other has not, the other may still have only empty pieces left.
    bool const left_moved = finish_piece(left_);
    bool const right_moved = finish_piece(right_);
    if (!left_moved && !right_moved) {
      decided_ = true;
      return;
    }
  }
}

// On to the next chunk of this side's document, when its present piece is used up and not the last.
bool document_comparison::finish_piece(side& which) {
  piece const& now = which.pieces[which.at.piece];
  if (which.offset < now.length || now.ends != 0) return false;
  which.bytes = {};
  which.pieces = {};
  ++which.at.chunk;
  which.at.piece = 0;
  return true;
}

}  // namespace sluice::tool
