// The texts of chunks seen so far, and readings of the few that were last compared with.
//
//   Units    chunks are numbered in the order of the input.
//   Owner    handles of every chunk in which something is kept: their bytes stay in the store,
//            spilled if need be. `open_max` readings of them stay open between comparisons, since
//            documents that repeat mostly repeat what stands in few chunks.
//   Threads  one at a time.
//   Errors   none here: opening is the caller's, in a coroutine that can wait.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sluice/kernels/text.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/reading.hpp>

namespace sluice::tool {

class seen_texts {
 public:
  // At least two: both sides of a comparison are open at once.
  explicit seen_texts(std::size_t open_max) : open_max_(open_max < 2 ? 2 : open_max) {}

  std::size_t size() const noexcept { return chunks_.size(); }
  void add(chunk bytes, chunk pieces) { chunks_.emplace_back(std::move(bytes), std::move(pieces)); }
  // Nothing in it is kept: it will not be compared with.
  void forget(std::uint32_t number);

  chunk const& bytes(std::uint32_t number) const { return chunks_[number].bytes; }
  chunk const& pieces(std::uint32_t number) const { return chunks_[number].pieces; }

  bool is_open(std::uint32_t number) const noexcept { return find(number) != nullptr; }
  // Closes the reading that was used longest ago, if there are as many as may be; not `kept`'s.
  void make_room(std::uint32_t kept);
  void open(std::uint32_t number, reading<std::uint8_t> bytes, reading<piece> pieces);

  struct view {
    std::span<std::uint8_t const> bytes;
    std::span<piece const> pieces;
  };
  view use(std::uint32_t number) noexcept;  // requires is_open()

 private:
  struct seen {
    seen(chunk text, chunk table) : bytes(std::move(text)), pieces(std::move(table)) {}
    chunk bytes;
    chunk pieces;
  };
  struct opened {
    opened(std::uint32_t which, reading<std::uint8_t> text, reading<piece> table)
        : number(which),
          bytes(std::move(text)),
          pieces(std::move(table)),
          at{bytes.span(), pieces.span()} {}
    std::uint32_t number;
    reading<std::uint8_t> bytes;
    reading<piece> pieces;
    view at;
    std::uint64_t last_use = 0;
  };

  opened const* find(std::uint32_t number) const noexcept;

  std::size_t const open_max_;
  std::vector<seen> chunks_;
  std::vector<opened> open_;
  std::uint64_t uses_ = 0;
};

}  // namespace sluice::tool
