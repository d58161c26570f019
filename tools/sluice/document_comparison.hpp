// Are two documents the same bytes? Each may lie in many chunks of text; their bytes are brought in
// one chunk at a time, by a coroutine that can wait for them.
//
//   Owner    borrows the bytes it is given: of the chunk it was last given for each side.
//   Threads  one at a time.
//   Errors   none here: reading the bytes is the caller's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sluice/kernels/text.hpp>
#include <sluice/tools/document_index.hpp>

namespace sluice::tool {

class document_comparison {
 public:
  document_comparison(document_place left, document_place right) noexcept
      : left_(left), right_(right) {}

  bool decided() const noexcept { return decided_; }
  bool equal() const noexcept { return equal_; }

  // While undecided: the chunk of text whose bytes and pieces it needs next, and the chunk of the
  // other side, whose bytes it may still be in the middle of.
  std::uint32_t wanted_chunk() const noexcept { return wanted().at.chunk; }
  std::uint32_t other_chunk() const noexcept { return other().at.chunk; }
  void give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces);

 private:
  struct side {
    explicit side(document_place from) noexcept : at(from) {}

    document_place at;
    std::span<std::uint8_t const> bytes;
    std::span<piece const> pieces;  // empty: its chunk is wanted
    std::size_t offset = 0;         // in the present piece
  };

  side& wanted() noexcept { return left_.pieces.empty() ? left_ : right_; }
  side const& wanted() const noexcept { return left_.pieces.empty() ? left_ : right_; }
  side const& other() const noexcept { return left_.pieces.empty() ? right_ : left_; }
  void compare();
  bool finish_piece(side& which);

  side left_;
  side right_;
  bool decided_ = false;
  bool equal_ = false;
};

}  // namespace sluice::tool
