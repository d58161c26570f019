// Has an equal document been seen before? Compares one document with all of its hash, one after the
// other, as far as bytes are brought in.
//
//   Owner    borrows the index, which must not grow meanwhile, and the bytes it is given.
//   Threads  one at a time.
//   Errors   none here: reading the bytes is the caller's.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <sluice/kernels/text.hpp>
#include <sluice/tools/document_comparison.hpp>
#include <sluice/tools/document_index.hpp>
#include <sluice/tools/text_question.hpp>

namespace sluice::tool {

class duplicate_search final : public text_question {
 public:
  duplicate_search(document_index const& index, std::uint64_t hash, document_place document);

  // While it searches: see document_comparison.
  bool searching() const noexcept override { return comparison_.has_value(); }
  std::uint32_t wanted_chunk() const noexcept override { return comparison_->wanted_chunk(); }
  std::uint32_t other_chunk() const noexcept override { return comparison_->other_chunk(); }
  void give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) override;

  bool found() const noexcept { return found_; }

 private:
  void compare_with(std::uint32_t entry);

  document_index const& index_;
  document_place const document_;
  std::uint32_t entry_ = document_index::none;
  std::optional<document_comparison> comparison_;
  bool found_ = false;
};

}  // namespace sluice::tool
