// Memory that changes hands: garbage over what was there, and a look at what nobody may have
// changed since.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <sluice/cuda/detail/sim_driver.hpp>

namespace sluice::detail {

namespace {

// Of a large free range only the ends are looked at: what runs over the end of a chunk is there.
constexpr std::size_t looked_at_bytes = 4096;
constexpr std::size_t small_bytes = std::size_t{64} << 10;

void expect_free(byte_range part, std::vector<guarded_bytes>& expected) {
  guarded_bytes free;
  free.value = freed_poison;
  free.range = part;
  if (part.size() > small_bytes) {
    free.range.end = part.begin + looked_at_bytes;
    expected.push_back(free);
    free.range = {part.end - looked_at_bytes, part.end};
  }
  expected.push_back(free);
}

void drop_over(byte_range range, std::vector<guarded_bytes>& expected) {
  std::erase_if(expected, [&](guarded_bytes const& each) { return each.range.overlaps(range); });
}

}  // namespace

void sim_driver::note_allocated(allocation_note const& note) noexcept {
  auto const room = byte_range::of(note.memory, note.room_bytes);
  auto const used = byte_range::of(note.memory, note.used_bytes);
  locked lock(mutex_);
  while (one_runs_alone_) ran_.wait(lock);
  std::vector<byte_range> freed;
  std::vector<guarded_bytes> expected;
  std::uint64_t const number = hazards_.hand_out(device_, used, room, noted(note.stream), freed);
  for (byte_range const part : freed) expect_free(part, expected);
  bool const settled = change_hands(room, allocated_poison, std::move(expected));
  if (!settled || !hazards_.checks() || used.end >= room.end) return;
  guarded_bytes zone;
  zone.range = {used.end, room.end};
  zone.value = allocated_poison;
  zone.allocation = number;
  red_zones_[room.begin] = zone;
}

void sim_driver::note_freed(address memory, std::size_t bytes) noexcept {
  auto const room = byte_range::of(memory, bytes);
  locked lock(mutex_);
  while (one_runs_alone_) ran_.wait(lock);
  hazards_.take_back(device_, room);
  std::vector<guarded_bytes> expected;
  auto const zone = red_zones_.find(room.begin);
  if (zone != red_zones_.end()) {
    expected.push_back(zone->second);
    red_zones_.erase(zone);
  }
  change_hands(room, freed_poison, std::move(expected));
}

// False when something given before may still be overwritten behind this.
bool sim_driver::change_hands(byte_range range, unsigned char pattern,
                              std::vector<guarded_bytes> expected) noexcept {
  if (!memory_.in_device(range) && !memory_.in_pinned(range)) return false;
  if (hazards_.may_be_in_use_elsewhere(device_, range)) {
    leave_as_it_is(range);
    return false;
  }
  for (byte_range const each : left_) drop_over(each, expected);
  bool settled = true;
  auto const poison = std::make_shared<sim_poison>(range, pattern);
  for (auto& [handle, stream] : streams_) {
    for (sim_operation& each : stream.queue) {
      bool const guards = each.touches(range);
      if (!guards) {
        // The one may be done before the other: neither can tell what it will find.
        for (auto const& pending : each.poisons) {
          drop_over(pending->range, expected);
          drop_over(range, pending->expected);
          settled = settled && !pending->range.overlaps(range);
        }
        continue;
      }
      each.poisons.push_back(poison);
      ++poison->guards;
    }
  }
  poison->expected = std::move(expected);
  if (poison->guards == 0) overwrite(*poison);
  return settled;
}

// Only the device's own queues tell when their works are done with a range.
void sim_driver::leave_as_it_is(byte_range range) {
  bool const known =
      std::ranges::any_of(left_, [&](byte_range each) { return each.contains(range); });
  if (!known) left_.push_back(range);
}

void sim_driver::overwrite(sim_poison const& poison) noexcept {
  std::array const range{poison.range};
  guard_.open(range);
  for (guarded_bytes const& each : poison.expected) expect(each);
  std::memset(reinterpret_cast<void*>(poison.range.begin), poison.value, poison.range.size());
  guard_.close(range);
  std::erase_if(left_, [&](byte_range each) { return poison.range.contains(each); });
}

void sim_driver::expect(guarded_bytes const& guarded) {
  auto const* const first = reinterpret_cast<unsigned char const*>(guarded.range.begin);
  auto const* const last = first + guarded.range.size();
  auto const is_changed = [&](unsigned char each) { return each != guarded.value; };
  auto const* const changed = std::find_if(first, last, is_changed);
  if (changed == last) return;
  auto const* const end = std::find_if_not(changed, last, is_changed);
  byte_range const touched{reinterpret_cast<std::uintptr_t>(changed),
                           reinterpret_cast<std::uintptr_t>(end)};
  hazard_side side = hazards_.side_of(0, "some work before this", 0);
  side.writes = true;
  hazards_.report(hazard_kind::broken_guard, std::move(side), touched, guarded.allocation,
                  guarded.allocation != 0
                      ? "somebody wrote behind the end of this allocation, outside every view"
                      : "somebody wrote to memory that was free, outside every view");
}

}  // namespace sluice::detail
