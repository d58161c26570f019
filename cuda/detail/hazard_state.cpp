#include <sluice/cuda/detail/hazard_state.hpp>

#include <algorithm>
#include <optional>

namespace sluice::detail {

namespace {

constexpr std::uint32_t host_stream = 0;
constexpr std::size_t least_sweep = 4096;

using guard = std::scoped_lock<std::mutex>;

}  // namespace

std::uint32_t name_table::number_of(std::string_view name) {
  auto const found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  auto const added = static_cast<std::uint32_t>(names_.size());
  numbers_.emplace(names_.emplace_back(name), added);
  return added;
}

hazard_state::hazard_state(hazard_options const& options) : options_(options), streams_(1) {
  if (options.skip_wait_number || options.skip_record_number)
    intended_ = std::make_unique<happens_before>();
}

// Devices and streams.

std::uint32_t hazard_state::add_device(int index, std::uint64_t seed) {
  guard const lock(mutex_);
  noted_device& added = devices_.emplace_back();
  added.index = index;
  added.seed = seed;
  return static_cast<std::uint32_t>(devices_.size() - 1);
}

hazard_state::stream_number hazard_state::add_stream(std::uint32_t device, stream_handle handle) {
  guard const lock(mutex_);
  noted_stream added;
  added.device = device;
  added.handle = handle;
  auto const free = std::ranges::find_if(over_, [&](stream_number each) {
    entity const by = streams_[each].by;
    return order_.is_over(by) && (intended_ == nullptr || intended_->is_over(by));
  });
  if (free != over_.end()) {
    added.by = std::exchange(streams_[*free].by, happens_before::host);
    order_.use_again(added.by);
    if (intended_ != nullptr) intended_->use_again(added.by);
    over_.erase(free);
  } else {
    added.by = order_.add_stream();
    if (intended_ != nullptr) intended_->add_stream();
  }
  streams_.push_back(added);
  return static_cast<stream_number>(streams_.size() - 1);
}

void hazard_state::remove_stream(stream_number gone) {
  guard const lock(mutex_);
  over_.push_back(gone);
}

void hazard_state::name_user(stream_number stream, std::string_view user) {
  if (!checks()) return;
  guard const lock(mutex_);
  streams_[stream].user = names_.number_of(user);
}

// Order.

void hazard_state::skip(bool is_wait, stream_number stream, bool was_contained) {
  skipped_.number = is_wait ? waits_ : records_;
  skipped_.is_wait = is_wait;
  skipped_.device = devices_[streams_[stream].device].index;
  skipped_.stream = streams_[stream].handle;
  skipped_.was_contained = was_contained;
}

bool hazard_state::executes_record(stream_number stream, event_key event, vector_clock& clock) {
  if (!checks()) return true;
  guard const lock(mutex_);
  entity const by = streams_[stream].by;
  order_.give(by);
  clock = order_.record(by);
  ++records_;
  if (intended_ != nullptr) {
    intended_->give(by);
    intended_records_[event] = intended_->record(by);
  }
  if (options_.skip_record_number != records_) return true;
  skip(false, stream, false);
  return false;
}

bool hazard_state::executes_wait(stream_number stream, event_key event,
                                 vector_clock const* recorded, wait_reason reason) {
  if (!checks()) return recorded != nullptr;
  guard const lock(mutex_);
  entity const by = streams_[stream].by;
  if (intended_ != nullptr) {
    intended_->give(by);
    auto const found = intended_records_.find(event);
    if (found != intended_records_.end()) intended_->wait(by, found->second);
  }
  order_.give(by);
  if (recorded == nullptr) return false;
  ++waits_;
  ++waits_at_[static_cast<std::size_t>(reason)];
  if (options_.skip_wait_number == waits_) {
    skip(true, stream, order_.of(by).contains(*recorded));
    skipped_.reason = reason;
    return false;
  }
  order_.wait(by, *recorded);
  return true;
}

void hazard_state::host_learns(event_key event, vector_clock const* recorded) {
  if (!checks()) return;
  guard const lock(mutex_);
  if (recorded != nullptr) order_.host_learns(*recorded);
  if (intended_ == nullptr) return;
  auto const found = intended_records_.find(event);
  if (found != intended_records_.end()) intended_->host_learns(found->second);
}

template <class Which>
void hazard_state::host_learns_of(Which&& which) {
  for (std::size_t i = 1; i < streams_.size(); ++i) {
    noted_stream const& each = streams_[i];
    if (!which(each)) continue;
    order_.host_learns_all(each.by);
    if (intended_ != nullptr) intended_->host_learns_all(each.by);
  }
}

void hazard_state::host_learns_all(std::uint32_t device) {
  if (!checks()) return;
  guard const lock(mutex_);
  host_learns_of([&](noted_stream const& each) { return each.device == device; });
}

void hazard_state::device_ends(std::uint32_t device) {
  if (!checks()) return;
  guard const lock(mutex_);
  host_learns_of([&](noted_stream const& each) { return any_hangs_ || each.device == device; });
}

void hazard_state::note_hang() {
  guard const lock(mutex_);
  any_hangs_ = true;
}

void hazard_state::host_learns_stream(stream_number stream) {
  if (!checks()) return;
  guard const lock(mutex_);
  order_.host_learns_all(streams_[stream].by);
  if (intended_ != nullptr) intended_->host_learns_all(streams_[stream].by);
}

// Work.

noted_access hazard_state::begin(stream_number stream, work_kind kind, std::string_view name) {
  noted_access begun;
  begun.kind = kind;
  begun.by = streams_[stream].by;
  begun.stream = stream;
  begun.user = streams_[stream].user;
  begun.name = names_.number_of(name);
  begun.number = next_number_++;
  if (stream != host_stream) {
    order_.give(begun.by);
    if (intended_ != nullptr) intended_->give(begun.by);
  }
  begun.when = order_.touch(begun.by);
  if (intended_ != nullptr) {
    intended_->touch(begun.by);
    if (skipped_.number != 0 && !order_.of(begun.by).contains(intended_->of(begun.by)))
      skipped_.order_changed = true;
  }
  return begun;
}

void hazard_state::read(noted_access access, byte_range range) {
  if (range.size() == 0) return;
  access.range = range;
  access.reads = true;
  shadow_.read(access, order_.of(access.by), found_);
}

void hazard_state::write(noted_access access, byte_range range) {
  if (range.size() == 0) return;
  access.range = range;
  access.writes = true;
  shadow_.write(access, order_.of(access.by), found_);
}

void hazard_state::free(noted_access access, byte_range range) {
  if (range.size() == 0) return;
  access.range = range;
  access.writes = true;
  shadow_.free(access, order_.of(access.by), found_);
}

std::uint64_t hazard_state::launch(stream_number stream, kernel_call const& call) {
  if (!checks()) return 0;
  guard const lock(mutex_);
  noted_access const access = begin(stream, work_kind::kernel, call.name);
  for (auto const& each : call.accesses)
    if (!each.writes) read(access, byte_range::of(each.begin, each.bytes));
  for (auto const& each : call.accesses) {
    if (!each.writes) continue;
    noted_access writes = access;
    writes.reads = each.reads;
    write(writes, byte_range::of(each.begin, each.bytes));
  }
  settle();
  return access.number;
}

void hazard_state::copy(stream_number stream, byte_range to, byte_range from,
                        copy_direction direction, bool pageable_source) {
  if (!checks()) return;
  guard const lock(mutex_);
  noted_access const access = begin(stream, work_kind::copy, name_of(direction));
  if (pageable_source) {
    noted_access at_call = access;
    at_call.by = happens_before::host;
    at_call.when = 0;  // only to be checked: the read of the stream is the one to remember
    read(at_call, from);
  }
  read(access, from);
  fresh_.clear();
  shadow_.find_fresh(from, fresh_);
  bool const passes_on = fresh_.empty() || shadow_.is_known(to);
  write(access, to);
  for (byte_range const part : fresh_) {
    if (passes_on) {
      std::uintptr_t const moved = to.begin + (part.begin - from.begin);
      shadow_.make_fresh({moved, moved + part.size()});
      continue;
    }
    conflict unwritten;
    unwritten.kind = hazard_kind::uninitialised_read;
    unwritten.later = access;
    unwritten.later.range = from;
    unwritten.later.allocation = shadow_.allocation_at(part.begin);
    unwritten.overlap = part;
    found_.push_back(unwritten);
  }
  settle();
}

void hazard_state::host_access(std::uint32_t device, byte_range range, bool writes,
                               std::string_view doing) {
  if (!checks()) return;
  guard const lock(mutex_);
  if (range.size() == 0) return;
  noted_access const access = begin(host_stream, work_kind::host, doing);
  streams_[host_stream].device = device;
  if (writes)
    write(access, range);
  else
    read(access, range);
  settle();
}

// Memory.

std::uint64_t hazard_state::add_allocation(noted_allocation added) {
  added.number = next_allocation_++;
  allocations_.emplace(added.number, added);
  return added.number;
}

void hazard_state::add_extent(std::uint32_t device, byte_range range, bool pinned) {
  guard const lock(mutex_);
  noted_extent& added = extents_[range.begin];
  added.end = range.end;
  added.device = device;
  added.pinned = pinned;
  if (!checks() || range.size() == 0) return;
  noted_allocation whole;
  whole.range = range;
  whole.kind = pinned ? memory_kind::pinned : memory_kind::device;
  whole.device = devices_[device].index;
  whole.is_extent = true;
  added.allocation = add_allocation(whole);
  shadow_.forget(range);
  shadow_.hand_out(range, added.allocation, order_.of(happens_before::host));
  if (pinned) shadow_.make_written(range);  // the host may write there and tell nobody
}

void hazard_state::remove_extent(std::uint32_t device, byte_range range) {
  guard const lock(mutex_);
  streams_[host_stream].device = device;
  if (checks()) {
    free(begin(host_stream, work_kind::free, "frees an extent"), range);
    settle();
  }
  extents_.erase(range.begin);
}

hazard_state::noted_extent const* hazard_state::extent_around(byte_range range) const {
  auto const after = extents_.upper_bound(range.begin);
  if (after == extents_.begin()) return nullptr;
  noted_extent const& found = std::prev(after)->second;
  return range.end <= found.end ? &found : nullptr;
}

bool hazard_state::in_pinned(byte_range range) const {
  guard const lock(mutex_);
  noted_extent const* const around = extent_around(range);
  return around != nullptr && around->pinned;
}

std::uint64_t hazard_state::hand_out(std::uint32_t device, byte_range used, byte_range room,
                                     stream_number stream, std::vector<byte_range>& freed) {
  if (!checks() || room.size() == 0) return 0;
  guard const lock(mutex_);
  noted_extent const* const around = extent_around(room);
  noted_allocation added;
  added.range = used;
  added.device = devices_[device].index;
  if (around != nullptr) added.kind = around->pinned ? memory_kind::pinned : memory_kind::device;
  added.user = streams_[stream].user;
  shadow_.find_freed(room, freed);
  std::uint64_t const number = add_allocation(added);
  shadow_.hand_out(room, number, order_.of(happens_before::host));
  sweep_when_large();
  return number;
}

void hazard_state::take_back(std::uint32_t device, byte_range room) {
  if (!checks() || room.size() == 0) return;
  guard const lock(mutex_);
  auto const found = allocations_.find(shadow_.allocation_at(room.begin));
  if (found != allocations_.end() && found->second.freed_before == 0)
    found->second.freed_before = next_number_;
  if (extent_around(room) != nullptr) {
    shadow_.take_back(room);
    return;
  }
  streams_[host_stream].device = device;
  free(begin(host_stream, work_kind::free, "gives memory back"), room);
  settle();
}

bool hazard_state::may_be_in_use_elsewhere(std::uint32_t device, byte_range range) {
  guard const lock(mutex_);
  if (devices_.size() < 2 || !checks()) return devices_.size() > 1;
  vector_clock const& host = order_.of(happens_before::host);
  return shadow_.any_access(range, [&](noted_access const& each) {
    return each.by != happens_before::host && streams_[each.stream].device != device &&
           !each.ordered_before(happens_before::host, host);
  });
}

void hazard_state::sweep_when_large() {
  if (shadow_.size() + allocations_.size() < sweep_at_) return;
  std::unordered_map<std::uint64_t, noted_allocation> used;
  shadow_.sweep(order_.of(happens_before::host), [&](std::uint64_t number) {
    if (number != 0 && !used.contains(number)) used.insert(allocations_.extract(number));
  });
  for (auto const& [begin, each] : extents_)
    if (each.allocation != 0 && !used.contains(each.allocation))
      used.insert(allocations_.extract(each.allocation));
  allocations_ = std::move(used);
  sweep_at_ = std::max(least_sweep, 2 * (shadow_.size() + allocations_.size()));
}

// What it knows.

std::vector<hazard> hazard_state::hazards() const {
  guard const lock(mutex_);
  return kept_;
}
std::size_t hazard_state::count() const {
  guard const lock(mutex_);
  return count_;
}
std::uint64_t hazard_state::waits() const {
  guard const lock(mutex_);
  return waits_;
}
std::uint64_t hazard_state::waits(wait_reason at) const {
  guard const lock(mutex_);
  return waits_at_[static_cast<std::size_t>(at)];
}
std::uint64_t hazard_state::records() const {
  guard const lock(mutex_);
  return records_;
}
skipped_edge hazard_state::skipped() const {
  guard const lock(mutex_);
  return skipped_;
}

}  // namespace sluice::detail
