#include <sluice/tools/duplicate_search.hpp>

namespace sluice::tool {

duplicate_search::duplicate_search(document_index const& index, std::uint64_t hash,
                                   document_place document)
    : index_(index), document_(document) {
  compare_with(index_.find(hash));
}

void duplicate_search::give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) {
  comparison_->give(bytes, pieces);
  if (!comparison_->decided()) return;
  found_ = comparison_->equal();
  compare_with(found_ ? document_index::none : index_.find_older(entry_));
}

void duplicate_search::compare_with(std::uint32_t entry) {
  entry_ = entry;
  comparison_.reset();
  if (entry != document_index::none) comparison_.emplace(index_.place(entry), document_);
}

}  // namespace sluice::tool
