// Something that must look at bytes of earlier chunks of text, brought in one chunk at a time by a
// coroutine that can wait for them.
//
//   Owner    borrows the bytes it is given: of the chunk it was last given for each side.
//   Threads  one at a time.
//   Errors   none here: reading the bytes is the caller's.

#pragma once

#include <cstdint>
#include <span>

#include <sluice/kernels/text.hpp>

namespace sluice::tool {

class text_question {
 public:
  virtual ~text_question() = default;

  // While it searches: the chunk of text whose bytes and pieces it needs next, and one that it may
  // still be in the middle of.
  virtual bool searching() const noexcept = 0;
  virtual std::uint32_t wanted_chunk() const noexcept = 0;
  virtual std::uint32_t other_chunk() const noexcept = 0;
  virtual void give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) = 0;
};

}  // namespace sluice::tool
