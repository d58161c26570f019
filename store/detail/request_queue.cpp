// Who gets memory: the half of store_state that serves requests.

#include <sluice/store/detail/request_queue.hpp>

#include <algorithm>

#include <sluice/store/detail/store_state.hpp>
#include <sluice/store/error.hpp>

namespace sluice::detail {

bool store_state::start(waiting_request& request) {
  store_lock lock(*this);
  if (request.now != waiting_request::phase::made)
    throw misuse("a memory_request starts once; make another one");
  request.key.sequence = next_sequence_++;
  if (try_grant(lock, request)) return true;
  queue_.insert(&request);
  request.now = waiting_request::phase::waiting;
  for (pool* const each : request.pools) ++each->waiting;
  waiters.fetch_add(1, std::memory_order_relaxed);
  lock.call_spiller();
  return false;
}

bool store_state::withdraw(waiting_request& request) noexcept {
  store_lock lock(*this);
  bool const in_time = request.now != waiting_request::phase::granted;
  if (request.now == waiting_request::phase::waiting) {
    queue_.erase(&request);
    leave_queue(lock, request);
  }
  if (in_time) request.now = waiting_request::phase::finished;
  return in_time;
}

void store_state::leave_queue(store_lock& lock, waiting_request& request) noexcept {
  for (pool* const each : request.pools) --each->waiting;
  clear_claims(lock, request.key);
  waiters.fetch_sub(1, std::memory_order_relaxed);
  lock.changed();  // those behind it may be next
}

bool store_state::try_grant(store_lock& lock, waiting_request& request) noexcept {
  for (pool* const each : request.pools) {
    if (request.bytes != 0 && must_wait_behind(*each, request)) continue;
    request.memory = take_settled(lock, *each, request.bytes);
    if (!request.memory) {
      want_growth(lock, *each);
      continue;
    }
    granted(request);
    request.announced.store(true, std::memory_order_release);
    return true;
  }
  return false;
}

void store_state::granted(waiting_request& request) noexcept {
  request.now = waiting_request::phase::granted;
  if (request.bytes == 0 || queue_.empty()) return;
  pool* const from = &request.memory.home();
  for (waiting_request const* const each : queue_) {
    if (!(each->key < request.key)) return;
    if (std::ranges::find(each->pools, from) != each->pools.end()) ++granted_out_of_turn;
  }
}

// What devices are done with by now counts as free: else pinned memory that was copied from would
// stay away, and pageable memory be taken in its place.
block store_state::take_settled(store_lock& lock, pool& from, std::size_t bytes) noexcept {
  block taken = take(lock, from, bytes);
  if (taken || from.leaving.empty()) return taken;
  settle(lock);
  return take(lock, from, bytes);
}

// A request that goes past pinned memory is not held up by its growing; later ones have it.
void store_state::want_growth(store_lock& lock, pool const& passed) noexcept {
  if (&passed != &pinned() || pinned_arena_ == nullptr || pinned_arena_->growth_bytes() == 0)
    return;
  pinned_wanted = true;
  lock.call_spiller();
}

bool store_state::must_wait_behind(pool const& wanted,
                                   waiting_request const& request) const noexcept {
  if (wanted.claim && *wanted.claim < request.key) return true;
  if (wanted.waiting == 0) return false;
  for (waiting_request const* const each : queue_) {
    if (!(each->key < request.key)) return false;
    if (std::ranges::find(each->pools, &wanted) != each->pools.end()) return true;
  }
  return false;
}

void store_state::serve(store_lock& lock) noexcept {
  std::uint64_t blocked = 0;
  std::uint64_t wanted = 0;
  for (auto const& each : pools_)
    if (each->waiting != 0) wanted |= each->bit();
  waiting_request** last = &lock.granted_;
  while (*last != nullptr) last = &(*last)->next_granted;
  for (auto at = queue_.begin(); at != queue_.end() && blocked != wanted;) {
    waiting_request& request = **at;
    for (pool* const each : request.pools) {
      if ((blocked & each->bit()) != 0 || (each->claim && *each->claim < request.key)) continue;
      request.memory = take(lock, *each, request.bytes);
      if (request.memory) break;
    }
    if (!request.memory) {
      for (pool* const each : request.pools) blocked |= each->bit();
      ++at;
      continue;
    }
    at = queue_.erase(at);
    leave_queue(lock, request);
    granted(request);
    *last = &request;
    last = &request.next_granted;
  }
}

void store_state::clear_claims(store_lock& lock, request_key const& of) noexcept {
  for (auto const& each : pools_) {
    if (each->claim != of) continue;
    each->claim.reset();
    lock.changed();
  }
}

}  // namespace sluice::detail
