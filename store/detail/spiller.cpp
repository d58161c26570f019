#include <sluice/store/detail/spiller.hpp>

#include <algorithm>
#include <ranges>
#include <utility>

#include <sluice/store/detail/store_access.hpp>

namespace sluice::detail {

namespace {

bool is_clean(replica const& each) {
  return each.of.replicas.size() > 1;
}

// Device memory is free behind a copy down of it, here as when it is moved.
bool is_going_down(replica const& each, replica const& copied) {
  return each.where->is_device() && !copied.where->is_device() &&
         copied.filled_by == &each.where->state.side(*each.where).device &&
         !has_failed(copied.ready);
}

// What all of them together are charged in a pool: each is rounded up by itself.
std::size_t charge_in(pool const& where, std::vector<replica*> const& leaves) {
  std::size_t sum = 0;
  for (replica const* const each : leaves) sum += where.round(each->of.size);
  return sum;
}

}  // namespace

spiller::leaver::leaver(replica& leaves)
    : chunk(leaves.of.shared_from_this()), from(&leaves), reads(leaves, leaves.of.size) {}

spill_result spiller::run() {
  {
    store_lock const lock(state_);
    state_.spiller_called = false;
    if (std::exchange(state_.spilling, true)) {
      state_.spiller_asked_again = true;
      return spill_result();
    }
  }
  try {
    for (;;) {
      spill_result const result = step();
      store_lock const lock(state_);
      bool const again = std::exchange(state_.spiller_asked_again, false);
      if (again && result.outcome != spill_outcome::moved) continue;
      state_.spilling = false;
      return result;
    }
  } catch (...) {
    store_lock const lock(state_);
    state_.spilling = false;
    throw;
  }
}

spill_result spiller::step() {
  leaving_.clear();
  held_.clear();
  pending_ = event();
  hopeless_ = 0;
  spill_result result;
  action next = action::none;
  {
    store_lock lock(state_);
    state_.settle(lock);
    give_up_lost(lock);
    std::size_t const waiting = state_.queue(lock).size();
    state_.serve(lock);
    if (state_.queue(lock).size() < waiting) {
      result.outcome = spill_outcome::moved;
    } else if (waiting != 0) {
      next = plan(lock);
      if (next == action::none) {
        result.outcome = pending_ ? spill_outcome::pending : spill_outcome::stuck;
        result.done = pending_;
      }
    } else if (std::exchange(state_.pinned_wanted, false)) {
      growth_bytes_ = state_.pinned_arena()->growth_bytes();
      if (growth_bytes_ != 0) next = action::grow;
    }
  }
  if (next == action::none) return result;
  if (next == action::grow) grow();
  if (next == action::move) copy();
  result.outcome = spill_outcome::moved;
  return result;
}

// What a device has that is lost, or was given up, is no copy of anything: else the good ones were
// let go for it.
void spiller::give_up_lost(store_lock& lock) {
  lost_ = 0;
  for (std::size_t i = 0; i < state_.device_count(); ++i) {
    pool& where = state_.on_device(i);
    if (where.order.first() == nullptr) continue;
    std::exception_ptr const loss = state_.side(where).loss();
    if (loss == nullptr) continue;
    lost_ |= where.bit();
    auto const can_go = [](replica const& each) { return each.open == 0 && each.of.size != 0; };
    for (bool const clean : {true, false})
      while (replica* const gone = where.order.oldest(clean, can_go)) {
        if (!is_clean(*gone)) gone->of.failure = loss;
        state_.drop(lock, *gone);
      }
  }
}

spiller::action spiller::plan(store_lock& lock) {
  for (waiting_request* const each : state_.queue(lock)) {
    helped_ = each;
    // Lowest first: from there the way down is the shortest.
    for (pool* const where : std::views::reverse(each->pools)) {
      action const found = make_room(lock, *where, each->bytes);
      if (found != action::none) return found;
    }
    if (!pending_) state_.clear_claims(lock, each->key);
  }
  return action::none;
}

spiller::action spiller::make_room(store_lock& lock, pool& where, std::size_t bytes) {
  if ((hopeless_ & where.bit()) != 0) return action::none;
  if (&where == &state_.pinned() && state_.pinned_arena() != nullptr) {
    growth_bytes_ = state_.pinned_arena()->growth_bytes();
    if (growth_bytes_ != 0) return action::grow;
  }
  std::size_t coming = where.account.free_bytes();
  for (block const& each : where.leaving) coming += each.size();
  if (!where.leaving.empty() && coming >= where.round(bytes)) {
    pending_ = where.leaving.front().last_users().pending();
    return action::none;
  }
  std::size_t kept_back = 0;
  action found = drop_clean(lock, where, kept_back);
  // What goes as soon as its copy is made is not worth that something else is moved.
  bool const enough = kept_back != 0 && coming + kept_back >= where.round(bytes);
  if (found == action::none && !enough && !where.is_disk()) found = move_down(lock, where);
  if (found == action::none) hopeless_ |= where.bit();
  return found;
}

// The replicas that leave `where` together with this one; false when one of them is in use.
bool spiller::together(replica& one, pool& where, unit& leaves) {
  leaves.clear();
  auto const add = [&](std::shared_ptr<stored_chunk> chunk) {
    if (chunk == nullptr) return;  // about to give its memory back itself
    replica* const there = chunk->in(where);
    if (there != nullptr) leaves.push_back(there);
    held_.push_back(std::move(chunk));
  };
  if (one.of.size == 0 || one.open != 0) return false;
  if (one.of.group == nullptr) {
    add(one.of.weak_from_this().lock());
  } else {
    for (auto const& member : one.of.group->members) add(member.lock());
  }
  return !leaves.empty() &&
         std::ranges::all_of(leaves, [](replica const* each) { return each->open == 0; });
}

// `kept_back` is what could be dropped if copies that are under way were made.
spiller::action spiller::drop_clean(store_lock& lock, pool& where, std::size_t& kept_back) {
  action found = action::none;
  unit leaves;
  auto const clean = [](replica const* each) { return is_clean(*each); };
  where.order.oldest(true, [&](replica& candidate) {
    if (!together(candidate, where, leaves) || !std::ranges::all_of(leaves, clean)) return false;
    chance const of_unit = chance_of(lock, leaves);
    if (of_unit == chance::when_copied) kept_back += where.round(candidate.of.size);
    if (of_unit == chance::goes)
      for (replica* const each : leaves) state_.drop(lock, *each);
    if (of_unit == chance::goes || of_unit == chance::changed) found = action::dropped;
    return found != action::none;
  });
  return found;
}

// Another replica has the bytes for good. Any other copy that is under way may fail.
bool spiller::is_kept_elsewhere(replica const& each) const {
  return std::ranges::any_of(each.of.replicas, [&](replica const& other) {
    if (&other == &each || (lost_ & other.where->bit()) != 0) return false;
    return is_good(other.ready) || is_going_down(each, other);
  });
}

// Those of a unit that are elsewhere too go when the bytes there are good. A copy that is under way
// is waited for. One that failed is dropped: then the good one that is left may be moved.
spiller::chance spiller::chance_of(store_lock& lock, unit const& leaves) {
  for (replica* const each : leaves) {
    // Two that both failed must not keep each other.
    // Who staged it for the host opens it when it is there, and would only stage it again.
    if (!each->where->is_device() && !is_over(each->ready)) {
      pending_ = each->ready;
      return chance::when_copied;
    }
    if (!is_clean(*each) || is_kept_elsewhere(*each) || has_failed(each->ready)) continue;
    chance found = chance::none;
    for (replica& other : each->of.replicas) {
      if (&other == each) continue;
      if ((lost_ & other.where->bit()) == 0 && !has_failed(other.ready)) {
        pending_ = other.ready;
        found = chance::when_copied;
      } else if (other.open == 0) {
        state_.drop(lock, other);
        return chance::changed;
      }
    }
    return found;
  }
  return chance::goes;
}

spiller::action spiller::move_down(store_lock& lock, pool& where) {
  action found = action::none;
  bool made_room_below = false;
  unit leaves;
  where.order.oldest(false, [&](replica& candidate) {
    if (!together(candidate, where, leaves) || !can_be_copied(leaves, where)) return false;
    chance const of_unit = give_up_broken(lock, leaves) ? chance::changed : chance_of(lock, leaves);
    if (of_unit == chance::changed)
      found = action::dropped;
    else if (of_unit == chance::goes)
      found = move_below(lock, where, leaves, !std::exchange(made_room_below, true));
    return found != action::none;
  });
  return found;
}

// The next tier that takes the unit, or else room there; what is old there goes first, so that no
// tier keeps what is older than all that passes it by.
spiller::action spiller::move_below(store_lock& lock, pool& where, unit const& leaves,
                                    bool may_make_room) {
  for (pool* const lower : below(where)) {
    std::size_t const bytes = charge_in(*lower, leaves);
    if (bytes > lower->account.limit_bytes()) continue;
    if (state_.must_wait_behind(*lower, *helped_)) continue;
    if (reserve_in(lock, *lower, leaves)) return action::move;
    if (!may_make_room) continue;
    action const found = make_room(lock, *lower, bytes);
    if (found == action::none) continue;
    lower->claim = helped_->key;
    return found;
  }
  return action::none;
}

// The host copies what is there; a device waits by itself.
bool spiller::can_be_copied(unit const& leaves, pool const& where) {
  if (where.is_device()) return true;
  for (replica const* const each : leaves)
    if (!is_over(each->ready)) {
      pending_ = each->ready;
      return false;
    }
  return true;
}

// What the write of a chunk left behind when it failed is not worth a place anywhere.
bool spiller::give_up_broken(store_lock& lock, unit const& leaves) {
  for (replica* const each : leaves) {
    try {
      each->ready.is_done();
    } catch (...) {
      if (!is_clean(*each)) each->of.failure = std::current_exception();
      state_.drop(lock, *each);
      return true;
    }
  }
  return false;
}

std::vector<pool*> spiller::below(pool const& where) {
  if (where.is_device()) return {&state_.pinned(), &state_.host()};
  if (&where == &state_.pinned()) return {&state_.host(), &state_.on_disk()};
  return {&state_.on_disk()};
}

bool spiller::reserve_in(store_lock& lock, pool& lower, unit const& leaves) {
  if (std::ranges::all_of(leaves, [&](replica* each) { return reserve_in(lock, lower, *each); })) {
    target_ = &lower;
    for (leaver& each : leaving_) ++each.from->open;
    return true;
  }
  for (leaver& each : leaving_)
    for (replica& unfilled : each.fresh) state_.put_back(lock, std::move(unfilled.memory));
  leaving_.clear();
  return false;
}

bool spiller::reserve_in(store_lock& lock, pool& lower, replica& leaves) {
  leaver& added = leaving_.emplace_back(leaves);
  if (is_clean(leaves)) return true;
  if (lower.is_disk()) {
    auto charge = lower.account.try_reserve(lower.round(leaves.of.size));
    if (charge) added.on_disk = std::move(*charge);
    return charge.has_value();
  }
  added.fresh.emplace_back(leaves.of, lower);
  added.fresh.front().memory = state_.take(lock, lower, leaves.of.size);
  return static_cast<bool>(added.fresh.front().memory);
}

void spiller::grow() {
  arena& pinned = *state_.pinned_arena();
  try {
    address const memory = pinned.allocate_extent(growth_bytes_);
    store_lock lock(state_);
    pinned.add_extent(memory, growth_bytes_);
    lock.changed();
  } catch (...) {
    // The driver has no more: then what there is has to do.
    store_lock const lock(state_);
    pinned.stop_growing();
  }
}

void spiller::copy() {
  try {
    for (leaver& each : leaving_) copy_one(each);
  } catch (...) {
    finish(false);
    throw;
  }
  finish(true);
}

void spiller::copy_one(leaver& each) {
  if (each.from->where->is_device() && !each.fresh.empty()) {
    each.done = copy_down(state_, each.reads, each.fresh.front().memory, wait_reason::spill_read);
  } else if (!each.fresh.empty()) {
    copy_across(state_, each.reads, each.fresh.front().memory);
  } else if (each.on_disk.bytes() != 0) {
    auto const* const first =
        reinterpret_cast<std::byte const*>(each.from->memory.memory().value());
    state_.note_host(each.from->memory.memory(), each.chunk->size, false, "writes to disk");
    spilled_bytes written(state_.files(), std::move(each.on_disk), {first, each.chunk->size});
    each.fresh.emplace_back(*each.chunk, *target_);
    each.fresh.front().on_disk = std::move(written);
    state_.spilled_bytes.fetch_add(each.chunk->size, std::memory_order_relaxed);
  }
}

void spiller::finish(bool copied) {
  store_lock lock(state_);
  for (leaver& each : leaving_) {
    state_.unpin(lock, *each.from);
    each.from->users.add(each.done);
    if (each.reads.never_over) each.from->users.set_never_over();
    if (!each.fresh.empty() && each.done)
      each.fresh.front().memory.last_users().add(each.done);
    else if (!each.fresh.empty() && !copied)
      // Nothing to try again: else a unit that fails each time would call for the next one.
      state_.put_back(lock, std::move(each.fresh.front().memory));
  }
  if (!copied) return;
  bool free = true;
  for (leaver& each : leaving_) {
    bool const filled = !each.fresh.empty();
    if (filled && each.chunk->in(*target_) == nullptr) {
      each.fresh.front().ready = each.done;
      if (each.done) each.fresh.front().filled_by = &state_.side(*each.from->where).device;
      state_.publish(lock, each.fresh);
    }
    bool const elsewhere = filled ? is_clean(*each.from) : is_kept_elsewhere(*each.from);
    free = free && each.from->open == 0 && elsewhere;
  }
  // Who opened a reading meanwhile keeps it; the replica is clean now and goes another time.
  if (!free) return;
  for (leaver& each : leaving_) state_.drop(lock, *each.from);
}

}  // namespace sluice::detail

namespace sluice {

spill_result object_store::spill() {
  return detail::spiller(*shared_).run();
}

}  // namespace sluice
