#include <sluice/tools/document_index.hpp>

#include <algorithm>
#include <bit>

namespace sluice::tool {

std::size_t document_index::bytes_for(std::size_t documents) noexcept {
  if (documents == 0) return 0;
  auto const entry_bytes = [](std::size_t count) {
    std::size_t const segments = (count + entries_per_segment - 1) / entries_per_segment;
    return segments * entries_per_segment * (sizeof(document_entry) + sizeof(std::uint32_t));
  };
  std::size_t const heads = std::bit_ceil(std::max(documents, entries_per_segment));
  std::size_t const head_bytes = heads * sizeof(std::uint32_t);
  std::size_t const at_end = entry_bytes(documents) + head_bytes;
  if (heads == entries_per_segment) return at_end;
  std::size_t const at_doubling = entry_bytes(heads / 2 + 1) + head_bytes + head_bytes / 2;
  return std::max(at_end, at_doubling);
}

std::size_t document_index::segment_wanted() const noexcept {
  return size_ < segments_.size() * entries_per_segment ? 0 : entries_per_segment;
}

std::size_t document_index::table_wanted() const noexcept {
  if (size_ < heads_.size()) return 0;
  return heads_.empty() ? entries_per_segment : 2 * heads_.size();
}

void document_index::give_segment(writer<document_entry> entries, writer<std::uint32_t> links) {
  segments_.emplace_back(std::move(entries), std::move(links));
}

void document_index::give_table(writer<std::uint32_t> heads) {
  heads_ = heads.span();
  head_memory_ = std::move(heads);
  std::fill(heads_.begin(), heads_.end(), none);
  for (std::uint32_t entry = 0; entry < size_; ++entry) {
    std::uint32_t& first = head(at(entry).hash);
    link(entry) = std::exchange(first, entry);
  }
}

std::uint32_t document_index::find(std::uint64_t hash) const noexcept {
  return heads_.empty() ? none : first_of(head(hash), hash);
}

std::uint32_t document_index::find_older(std::uint32_t entry) const noexcept {
  return first_of(link(entry), at(entry).hash);
}

void document_index::add(std::uint64_t hash, document_place place) noexcept {
  auto const entry = static_cast<std::uint32_t>(size_++);
  at(entry).hash = hash;
  at(entry).place = place;
  link(entry) = std::exchange(head(hash), entry);
}

document_entry& document_index::at(std::uint32_t entry) const noexcept {
  return segments_[entry / entries_per_segment].entries[entry % entries_per_segment];
}

std::uint32_t& document_index::link(std::uint32_t entry) const noexcept {
  return segments_[entry / entries_per_segment].links[entry % entries_per_segment];
}

// The table's size is a power of two; the hash is mixed, since a cut one has few low bits.
std::uint32_t& document_index::head(std::uint64_t hash) const noexcept {
  std::uint64_t const mixed = hash * 0x9E3779B97F4A7C15ULL;
  return heads_[(mixed >> 32) & (heads_.size() - 1)];
}

std::uint32_t document_index::first_of(std::uint32_t entry, std::uint64_t hash) const noexcept {
  while (entry != none && at(entry).hash != hash) entry = link(entry);
  return entry;
}

}  // namespace sluice::tool
