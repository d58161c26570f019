#include <sluice/cuda/detail/shadow_map.hpp>

#include <algorithm>

namespace sluice::detail {

namespace {

void add(conflicts& found, hazard_kind kind, noted_access const& earlier, noted_access const& later,
         byte_range piece) {
  conflict added;
  added.kind = kind;
  added.earlier = earlier;
  added.later = later;
  added.overlap.begin = std::max(piece.begin, later.range.begin);
  added.overlap.end = std::min(piece.end, later.range.end);
  found.push_back(added);
}

}  // namespace

// The first segment that ends behind `at`.
shadow_map::segments::iterator shadow_map::first_over(std::uintptr_t at) noexcept {
  auto const after = segments_.upper_bound(at);
  if (after == segments_.begin()) return after;
  auto const before = std::prev(after);
  return before->second.end > at ? before : after;
}

void shadow_map::cut_at(std::uintptr_t at) {
  auto const found = first_over(at);
  if (found == segments_.end() || found->first >= at) return;
  segment rest = found->second;
  found->second.end = at;
  segments_.emplace_hint(std::next(found), at, std::move(rest));
}

// Segments that cover `range`, and no more.
shadow_map::range_of_segments shadow_map::cut(byte_range range) {
  auto const same = segments_.find(range.begin);
  if (same != segments_.end() && same->second.end == range.end) return {same, std::next(same)};
  cut_at(range.begin);
  cut_at(range.end);
  auto first = segments_.lower_bound(range.begin);
  std::uintptr_t covered = range.begin;
  auto next = first;
  while (covered < range.end) {
    std::uintptr_t const until =
        next == segments_.end() ? range.end : std::min(range.end, next->first);
    if (covered < until) {
      segment gap;
      gap.end = until;
      auto const added = segments_.emplace_hint(next, covered, std::move(gap));
      if (covered == range.begin) first = added;
    }
    if (until == range.end) break;
    covered = next->second.end;
    ++next;
  }
  return {first, segments_.lower_bound(range.end)};
}

// Those of one allocation become one, which keeps the history of the first.
void shadow_map::unite(segments::iterator first, segments::iterator last) {
  while (first != last) {
    auto const next = std::next(first);
    if (next == last) return;
    if (next->second.allocation == first->second.allocation &&
        next->second.is == first->second.is && next->first == first->second.end) {
      first->second.end = next->second.end;
      segments_.erase(next);
    } else {
      first = next;
    }
  }
}

void shadow_map::read(noted_access access, vector_clock const& clock, conflicts& found) {
  auto const [first, last] = cut(access.range);
  for (auto each = first; each != last; ++each) {
    segment& piece = each->second;
    byte_range const range{each->first, piece.end};
    access.allocation = piece.allocation;
    if (piece.is == state::freed)
      add(found, hazard_kind::use_after_free, noted_access(), access, range);
    else if (piece.last_write.kind != work_kind::none &&
             !piece.last_write.ordered_before(access.by, clock))
      add(found, hazard_kind::read_after_write, piece.last_write, access, range);
    else if (piece.is == state::fresh && access.kind != work_kind::copy)
      add(found, hazard_kind::uninitialised_read, noted_access(), access, range);
    std::erase_if(piece.reads, [&](noted_access const& earlier) {
      return earlier.ordered_before(access.by, clock);
    });
    piece.reads.push_back(access);
  }
}

void shadow_map::write(noted_access access, vector_clock const& clock, conflicts& found) {
  auto const [first, last] = cut(access.range);
  for (auto each = first; each != last; ++each) {
    segment& piece = each->second;
    byte_range const range{each->first, piece.end};
    access.allocation = piece.allocation;
    bool const after_write = piece.last_write.kind != work_kind::none &&
                             !piece.last_write.ordered_before(access.by, clock);
    if (piece.is == state::freed)
      add(found, hazard_kind::use_after_free, noted_access(), access, range);
    else if (after_write)
      add(found, access.reads ? hazard_kind::read_after_write : hazard_kind::write_after_write,
          piece.last_write, access, range);
    else if (access.reads && piece.is == state::fresh)
      add(found, hazard_kind::uninitialised_read, noted_access(), access, range);
    if (piece.is != state::freed)
      for (noted_access const& earlier : piece.reads)
        if (!earlier.ordered_before(access.by, clock))
          add(found, hazard_kind::write_after_read, earlier, access, range);
    piece.last_write = access;
    piece.reads.clear();
    if (piece.is != state::freed) piece.is = state::written;
  }
  unite(first, last);
}

void shadow_map::free(noted_access access, vector_clock const& clock, conflicts& found) {
  auto const [first, last] = cut(access.range);
  for (auto each = first; each != last; ++each) {
    segment& piece = each->second;
    byte_range const range{each->first, piece.end};
    access.allocation = piece.allocation;
    if (piece.last_write.kind != work_kind::none &&
        !piece.last_write.ordered_before(access.by, clock))
      add(found, hazard_kind::use_after_free, piece.last_write, access, range);
    for (noted_access const& earlier : piece.reads)
      if (!earlier.ordered_before(access.by, clock))
        add(found, hazard_kind::use_after_free, earlier, access, range);
  }
  segments_.erase(first, last);
}

void shadow_map::forget_before(segment& of, vector_clock const& host) {
  if (of.last_write.ordered_before(0, host)) of.last_write = noted_access();
  std::erase_if(of.reads, [&](noted_access const& each) { return each.ordered_before(0, host); });
}

void shadow_map::hand_out(byte_range range, std::uint64_t allocation, vector_clock const& host) {
  auto const [first, last] = cut(range);
  auto whole = segments_.end();  // what has no history needs no borders
  for (auto each = first; each != last;) {
    segment& piece = each->second;
    forget_before(piece, host);
    piece.is = state::fresh;
    piece.allocation = allocation;
    if (piece.has_history()) {
      whole = segments_.end();
      ++each;
    } else if (whole == segments_.end()) {
      whole = each++;
    } else {
      whole->second.end = piece.end;
      each = segments_.erase(each);
    }
  }
}

void shadow_map::take_back(byte_range range) {
  auto const [first, last] = cut(range);
  for (auto each = first; each != last; ++each) each->second.is = state::freed;
}

void shadow_map::forget(byte_range range) {
  auto const [first, last] = cut(range);
  segments_.erase(first, last);
}

void shadow_map::find(state wanted, byte_range range, std::vector<byte_range>& parts) {
  for (auto each = first_over(range.begin); each != segments_.end() && each->first < range.end;
       ++each)
    if (each->second.is == wanted)
      parts.push_back({std::max(each->first, range.begin), std::min(each->second.end, range.end)});
}

void shadow_map::make_fresh(byte_range range) {
  auto const [first, last] = cut(range);
  for (auto each = first; each != last; ++each)
    if (each->second.is == state::written) each->second.is = state::fresh;
}

void shadow_map::make_written(byte_range range) {
  auto const [first, last] = cut(range);
  for (auto each = first; each != last; ++each) each->second.is = state::written;
}

bool shadow_map::is_known(byte_range range) const noexcept {
  auto each = segments_.upper_bound(range.begin);
  if (each == segments_.begin()) return false;
  std::uintptr_t covered = range.begin;
  for (--each; each != segments_.end() && each->first <= covered; ++each) {
    if (each->second.end <= covered || each->second.allocation == 0) return false;
    covered = each->second.end;
    if (covered >= range.end) return true;
  }
  return false;
}

std::uint64_t shadow_map::allocation_at(std::uintptr_t at) const noexcept {
  auto const after = segments_.upper_bound(at);
  if (after == segments_.begin()) return 0;
  auto const& [begin, found] = *std::prev(after);
  return at < found.end ? found.allocation : 0;
}

shadow_map::segments::iterator shadow_map::swept(segments::iterator each,
                                                 vector_clock const& host) {
  segment& piece = each->second;
  forget_before(piece, host);
  if (piece.has_history()) return std::next(each);
  if (piece.is == state::unknown) return segments_.erase(each);
  if (each == segments_.begin()) return std::next(each);
  auto const before = std::prev(each);
  segment& left = before->second;
  if (left.has_history() || left.end != each->first || left.allocation != piece.allocation ||
      left.is != piece.is)
    return std::next(each);
  left.end = piece.end;
  return segments_.erase(each);
}

}  // namespace sluice::detail
