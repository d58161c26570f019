#include <sluice/store/detail/arena.hpp>

#include <algorithm>
#include <bit>
#include <new>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

// One free or used run of bytes. The ranges of an extent form a list in order of address.
struct arena_range {
  address memory;
  std::size_t bytes = 0;
  bool free = false;
  event_set last_users;  // of a free one

  std::unique_ptr<arena_range> next;  // by address; for a spare descriptor the next spare
  arena_range* previous = nullptr;
  arena_range* next_in_bin = nullptr;
  arena_range* previous_in_bin = nullptr;
};

namespace {

std::size_t rounded_down(std::size_t bytes) {
  return bytes / arena_alignment * arena_alignment;
}

}  // namespace

arena::arena(driver& device, kind which, std::size_t limit_bytes, std::size_t extent_bytes)
    : device_(device),
      kind_(which),
      extent_bytes_(rounded_down(std::min(limit_bytes, extent_bytes))),
      limit_bytes_(rounded_down(limit_bytes)) {
  std::size_t const first = growth_bytes();
  if (first != 0) add_extent(allocate_extent(first), first);
}

arena::~arena() {
  for (std::unique_ptr<arena_range>& first : first_ranges_)
    // One by one: a list that destroys itself would go as deep as it is long.
    for (std::unique_ptr<arena_range> each = std::move(first); each != nullptr;) {
      each->last_users.sync();
      left_ = left_ || each->last_users.never_over();
      each = std::move(each->next);
    }
  while (spare_ != nullptr) spare_ = std::move(spare_->next);
  if (left_) return;
  for (address const each : extents_) {
    if (kind_ == kind::device)
      device_.free(each);
    else
      device_.free_pinned(reinterpret_cast<void*>(each.value()));
  }
}

std::size_t arena::round(std::size_t bytes) const noexcept {
  return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
}

std::size_t arena::growth_bytes() const noexcept {
  return std::min(extent_bytes_, limit_bytes_ - total_bytes_);
}

address arena::allocate_extent(std::size_t bytes) const {
  return kind_ == kind::device ? device_.allocate(bytes)
                               : address::of(device_.allocate_pinned(bytes));
}

void arena::add_extent(address memory, std::size_t bytes) {
  require(memory.value() % arena_alignment == 0, "a driver's memory is not aligned");
  extents_.reserve(extents_.size() + 1);
  first_ranges_.reserve(first_ranges_.size() + 1);
  auto whole = std::make_unique<arena_range>();
  whole->memory = memory;
  whole->bytes = bytes;
  link(*whole);
  total_bytes_ += bytes;
  extents_.push_back(memory);
  first_ranges_.push_back(std::move(whole));
}

std::size_t arena::bin_of(std::size_t bytes) noexcept {
  return static_cast<std::size_t>(std::bit_width(bytes / arena_alignment)) - 1;
}

arena_range* arena::best_fit(std::size_t bytes) const noexcept {
  for (std::size_t bin = bin_of(bytes); bin < bin_count; ++bin) {
    arena_range* best = nullptr;
    for (arena_range* each = bins_[bin]; each != nullptr; each = each->next_in_bin) {
      if (each->bytes < bytes || (best != nullptr && each->bytes >= best->bytes)) continue;
      best = each;
      if (best->bytes == bytes) break;
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

piece arena::take(std::size_t rounded) noexcept {
  piece taken;
  arena_range* const range = best_fit(rounded);
  if (range == nullptr) return taken;
  if (range->bytes > rounded) {
    std::unique_ptr<arena_range> rest = fresh_range();
    if (rest == nullptr) return taken;
    unlink(*range);
    rest->memory = range->memory + rounded;
    rest->bytes = range->bytes - rounded;
    rest->last_users.add(range->last_users);
    rest->previous = range;
    rest->next = std::move(range->next);
    if (rest->next != nullptr) rest->next->previous = rest.get();
    link(*rest);
    range->next = std::move(rest);
    range->bytes = rounded;
  } else {
    unlink(*range);
  }
  taken.memory = range->memory;
  taken.bytes = rounded;
  taken.range = range;
  taken.last_users = std::exchange(range->last_users, event_set());
  return taken;
}

void arena::give(piece freed) noexcept {
  device_.note_freed(freed.memory, freed.bytes);
  arena_range* range = freed.range;
  range->last_users = std::move(freed.last_users);
  if (range->next != nullptr && range->next->free) {
    unlink(*range->next);
    absorb_next(*range);
  }
  if (range->previous != nullptr && range->previous->free) {
    range = range->previous;
    unlink(*range);
    absorb_next(*range);
  }
  link(*range);
}

// Its range is not free, so nobody gets it.
void arena::leave(piece const&) noexcept {
  left_ = true;
}

void arena::hand_over(piece const& given, std::size_t used_bytes, stream_ref stream) noexcept {
  allocation_note note(given.memory, given.bytes);
  note.used_bytes = used_bytes;
  if (stream && &stream.device() == &device_) note.stream = stream.handle();
  device_.note_allocated(note);
}

void arena::link(arena_range& range) noexcept {
  arena_range*& first = bins_[bin_of(range.bytes)];
  range.free = true;
  range.previous_in_bin = nullptr;
  range.next_in_bin = first;
  if (first != nullptr) first->previous_in_bin = &range;
  first = &range;
}

void arena::unlink(arena_range& range) noexcept {
  if (range.next_in_bin != nullptr) range.next_in_bin->previous_in_bin = range.previous_in_bin;
  if (range.previous_in_bin != nullptr)
    range.previous_in_bin->next_in_bin = range.next_in_bin;
  else
    bins_[bin_of(range.bytes)] = range.next_in_bin;
  range.free = false;
}

void arena::absorb_next(arena_range& range) noexcept {
  std::unique_ptr<arena_range> gone = std::move(range.next);
  range.bytes += gone->bytes;
  range.last_users.add(gone->last_users);
  range.next = std::move(gone->next);
  if (range.next != nullptr) range.next->previous = &range;
  gone->last_users = event_set();
  gone->next = std::move(spare_);
  spare_ = std::move(gone);
}

std::unique_ptr<arena_range> arena::fresh_range() noexcept {
  if (spare_ == nullptr) return std::unique_ptr<arena_range>(new (std::nothrow) arena_range());
  std::unique_ptr<arena_range> taken = std::move(spare_);
  spare_ = std::move(taken->next);
  return taken;
}

}  // namespace sluice::detail
