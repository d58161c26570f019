// Where each distinct document was first seen, by hash: 16 bytes of state a document (its hash and
// its place) and 8 to 12 to find it, all of it in memory of the store that cannot be spilled.
//
//   Units    entries are numbered from 0 in the order they are added.
//   Owner    owns its memory: segments of entries, and a table of chains that doubles.
//   Threads  one at a time.
//   Errors   none here; room is asked for by the caller, in a coroutine that can wait.
//
// Entries of one hash form a chain, newest first: with equal hashes all of them must be compared.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sluice/store/writer.hpp>

namespace sluice::tool {

// The first piece of a document: which chunk of text, which piece of it.
struct document_place {
  std::uint32_t chunk = 0;
  std::uint32_t piece = 0;
};

struct document_entry {
  std::uint64_t hash = 0;
  document_place place;
};
static_assert(sizeof(document_entry) == 16);

class document_index {
 public:
  static constexpr std::size_t entries_per_segment = 4096;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  // The most bytes it takes on the way to `documents` entries: at the end, or when the table of
  // chains has just doubled and the smaller one is not gone.
  static std::size_t bytes_for(std::size_t documents) noexcept;

  // Elements of memory that must be given before the next add(): a segment of entries and of
  // chain links, and a larger table of chains. Zero: there is room.
  std::size_t segment_wanted() const noexcept;
  std::size_t table_wanted() const noexcept;
  void give_segment(writer<document_entry> entries, writer<std::uint32_t> links);
  void give_table(writer<std::uint32_t> heads);

  // The newest entry with this hash, and the next older one; `none` at the end.
  std::uint32_t find(std::uint64_t hash) const noexcept;
  std::uint32_t find_older(std::uint32_t entry) const noexcept;
  document_place place(std::uint32_t entry) const noexcept { return at(entry).place; }
  void add(std::uint64_t hash, document_place place) noexcept;

  std::size_t size() const noexcept { return size_; }

 private:
  struct segment {
    segment(writer<document_entry> of, writer<std::uint32_t> to)
        : entry_memory(std::move(of)),
          link_memory(std::move(to)),
          entries(entry_memory.span()),
          links(link_memory.span()) {}

    writer<document_entry> entry_memory;
    writer<std::uint32_t> link_memory;
    std::span<document_entry> entries;
    std::span<std::uint32_t> links;
  };

  document_entry& at(std::uint32_t entry) const noexcept;
  std::uint32_t& link(std::uint32_t entry) const noexcept;
  std::uint32_t& head(std::uint64_t hash) const noexcept;
  std::uint32_t first_of(std::uint32_t entry, std::uint64_t hash) const noexcept;

  std::vector<segment> segments_;
  writer<std::uint32_t> head_memory_;
  std::span<std::uint32_t> heads_;
  std::size_t size_ = 0;
};

}  // namespace sluice::tool
