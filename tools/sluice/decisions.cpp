#include <sluice/tools/decisions.hpp>

namespace sluice::tool {

pending_text::pending_text(value<split_text> from)
    : source(std::move(from)), keep(source->piece_count) {
  counts.text_bytes = source->source->bytes.size_bytes();
}

void decisions::begin_chunk(value<split_text> source) {
  pending_.emplace_back(std::move(source));
  ++begun_;
}

bool decisions::take(std::size_t index, piece const& part) {
  if (part.begins != 0) {
    first_.chunk = begun_ - 1;
    first_.piece = static_cast<std::uint32_t>(index);
    first_offset_ = part.offset;
    bytes_ = 0;
    open_ = true;
  }
  bytes_ += part.length;
  if (part.ends == 0) pending_.back().open_length = part.length;
  return part.ends != 0;
}

void decisions::decide(std::size_t index, piece const& part,
                       std::uint64_t document_counts::* outcome) {
  open_ = false;
  ++decided_documents_;
  document_counts& counts = pending_.back().counts;
  ++counts.documents;
  ++(counts.*outcome);
  if (outcome != &document_counts::kept) return;
  for (std::uint32_t number = first_.chunk; number + 1 < begun_; ++number) {
    pending_text& earlier = pending_[number - decided_number()];
    if (earlier.keep.empty()) continue;
    earlier.keep.back() = 1;
    earlier.token_count += earlier.open_length;
  }
  pending_.back().keep[index] = 1;
  pending_.back().token_count += part.length + 1;
}

bool decisions::has_decided() const noexcept {
  if (pending_.empty()) return false;
  return !open_ || first_.chunk > decided_number();
}

pending_text decisions::take_decided() {
  pending_text front = std::move(pending_.front());
  pending_.pop_front();
  return front;
}

}  // namespace sluice::tool
