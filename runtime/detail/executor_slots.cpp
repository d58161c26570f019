#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include <sluice/runtime/detail/cpu_pause.hpp>
#include <sluice/runtime/detail/executor_state.hpp>
#include <sluice/runtime/detail/machine_access.hpp>
#include <sluice/runtime/detail/watched_driver.hpp>

namespace sluice::detail {

namespace {

// Threads beyond the slots, for jobs that block.
constexpr std::size_t stand_ins_max = 256;
// Rounds of looking for work before a thread sleeps: some 10 us, the price of a wakeup.
constexpr unsigned rounds_before_sleep = 40;

// With everybody idle and events awaited one thread asks for them without a break, at most so long
// or so often, and then ever less.
constexpr std::chrono::microseconds eager_time{50};
constexpr unsigned eager_polls = 1000;
constexpr std::chrono::microseconds nap_min{10};
constexpr std::chrono::microseconds nap_max{200};

}  // namespace

thread_local constinit executor::state::worker* executor::state::current = nullptr;

executor::state::state(machine& on, unsigned workers)
    : waits(on.waits()),
      watched(machine_access::watched(on)),
      watch_pace(watched.empty() ? std::chrono::nanoseconds(0) : watched.front()->pace()),
      search_rounds(on.cores() > 1 && on.waits().runs_beside() ? rounds_before_sleep : 1),
      threads_max(workers + stand_ins_max),
      slots(make_slots(workers, on.seed())),
      outside(std::make_shared<outside_threads>([this] { outside_left(); })),
      gate(workers) {
  // Room for all, so that nothing below allocates where it must not fail.
  free.reserve(workers);
  threads.reserve(threads_max);
  idle.reserve(threads_max);
  wanting.reserve(threads_max);
  for (auto const& each : slots) free.push_back(each.get());
}

std::vector<std::unique_ptr<executor::state::slot>> executor::state::make_slots(
    unsigned count, std::uint64_t seed) {
  std::vector<std::unique_ptr<slot>> made;
  made.reserve(count);
  for (unsigned i = 0; i < count; ++i) made.push_back(std::make_unique<slot>(i, seed));
  return made;
}

executor::state::~state() {
  outside->close();
  stop();
}

void executor::state::start(unsigned count) {
  lock const held(mutex);
  for (unsigned i = 0; i < count; ++i) idle.push_back(start_thread());
}

void executor::state::stop() noexcept {
  {
    lock const held(mutex);
    stopping.store(true, std::memory_order_release);
    for (auto const& each : threads) each->spot->notify();
  }
  for (auto const& each : threads) each->thread.reset();
}

executor::state::worker* executor::state::start_thread() {
  threads.push_back(std::make_unique<worker>(*this, waits.make_spot()));
  worker* const fresh = threads.back().get();
  try {
    fresh->thread = waits.start([fresh] { fresh->home.serve(*fresh); });
  } catch (...) {
    threads.pop_back();
    throw;
  }
  return fresh;
}

// --- sleeping and waking

void executor::state::wake() noexcept {
  worker* seated = nullptr;
  worker* poller = nullptr;
  {
    lock const held(mutex);
    seated = staff_for_work();
    poller = appoint_poller();  // the one that polled may have been seated
  }
  if (seated != nullptr) seated->spot->notify();
  if (poller != nullptr) poller->spot->notify();
}

// The thread found nothing to do, or another one wants its slot.
void executor::state::rest(worker& me) noexcept {
  worker* seated = nullptr;
  worker* poller = nullptr;
  {
    lock held(mutex);
    idle.push_back(&me);
    seated = give_up_seat(me);
    poller = appoint_poller();
    check_quiet(held);
  }
  if (seated != nullptr && seated != &me) seated->spot->notify();
  if (poller != nullptr && poller != &me) poller->spot->notify();
}

executor::state::slot* executor::state::await_seat(worker& me) noexcept {
  for (;;) {
    if (slot* const own = me.seat.load(std::memory_order_acquire)) return own;
    if (stopping.load(std::memory_order_acquire)) return nullptr;
    if (polling.load(std::memory_order_acquire) == &me)
      keep_polling(me);
    else
      me.spot->wait({});
  }
}

// Until the thread gets a slot, or there is no event to ask for, or no slot for what it would find.
void executor::state::keep_polling(worker& me) noexcept {
  auto eager_since = waits.now();
  unsigned polls = 0;
  std::chrono::nanoseconds nap = nap_min;
  std::uint64_t added = events.added();
  while (me.seat.load(std::memory_order_acquire) == nullptr &&
         !stopping.load(std::memory_order_acquire)) {
    std::size_t const done = events.poll([this](job& ready) { injected.push_first(ready); });
    if (done > 0 && gate.must_wake()) wake();
    if ((events.pending() == 0 || !gate.any_free()) && stop_polling(me)) return;
    auto const now = waits.now();
    look_at_devices(now);
    if (done > 0 || std::exchange(added, events.added()) != events.added()) {
      eager_since = now;
      polls = 0;
      nap = nap_min;
    }
    if (now - eager_since < eager_time && polls < eager_polls) {
      ++polls;
      cpu_pause();
    } else {
      me.spot->wait(now + nap);
      nap = std::min(2 * nap, nap_after(now - eager_since));
    }
  }
}

// Where somebody says how long a device may take, whoever has waited long can wait a little more.
std::chrono::nanoseconds executor::state::nap_after(
    std::chrono::nanoseconds waited) const noexcept {
  constexpr int part_of_wait = 64;
  return std::max<std::chrono::nanoseconds>(nap_max, std::min(waited / part_of_wait, watch_pace));
}

void executor::state::look_at_devices(std::chrono::nanoseconds now) noexcept {
  for (watched_driver* const each : watched) each->look(now);
}

// False when events came or a slot got free meanwhile, and nobody else was appointed.
bool executor::state::stop_polling(worker& me) noexcept {
  lock const held(mutex);
  if (polling.load(std::memory_order_relaxed) != &me) return true;
  polling.store(nullptr, std::memory_order_seq_cst);
  if (events.pending() == 0 || free.empty()) return true;
  polling.store(&me, std::memory_order_seq_cst);
  return false;
}

// Events were added: a thread that is idle asks for them, if there is one. Busy ones ask between
// jobs, and whoever frees a slot later looks for itself.
void executor::state::ensure_polled() noexcept {
  if (polling.load(std::memory_order_seq_cst) != nullptr || !gate.any_free()) return;
  worker* chosen = nullptr;
  {
    lock const held(mutex);
    chosen = appoint_poller();
  }
  if (chosen != nullptr) chosen->spot->notify();
}

// --- who sits where

executor::state::worker* executor::state::give_up_seat(worker& me) noexcept {
  slot& own = *me.seat.load(std::memory_order_relaxed);
  if (own.next != nullptr) push(own, *std::exchange(own.next, nullptr));
  me.last_slot = own.index;
  me.seat.store(nullptr, std::memory_order_relaxed);
  bool const searching = std::exchange(me.searching, false);
  if (!wanting.empty()) {
    worker* const first = wanting.front();
    wanting.erase(wanting.begin());
    wanting_count.store(wanting.size(), std::memory_order_relaxed);
    if (searching) gate.end_search();  // no slot is free, so nobody could be woken
    seat(*first, own, false);
    return first;
  }
  free.push_back(&own);
  gate.retire(searching);
  return staff_for_work();
}

executor::state::worker* executor::state::staff_for_work() noexcept {
  return gate.must_wake() && any_work() ? staff_free_slot() : nullptr;
}

// Requires a free slot. Null when no thread can be had: it stays free for one that comes back.
executor::state::worker* executor::state::staff_free_slot() noexcept {
  worker* const chosen = pick_idle();
  if (chosen == nullptr) return nullptr;
  slot* const last = free.back();
  free.pop_back();
  gate.enlist(true);
  seat(*chosen, *last, true);
  return chosen;
}

void executor::state::seat(worker& who, slot& where, bool searching) noexcept {
  ++changes;
  who.searching = searching;
  who.seat.store(&where, std::memory_order_release);
}

// The one that slept shortest, but the one that polls only if there is no other.
executor::state::worker* executor::state::pick_idle() noexcept {
  if (idle.empty()) {
    if (threads.size() == threads_max || stopping.load(std::memory_order_relaxed)) return nullptr;
    try {
      return start_thread();
    } catch (std::bad_alloc const&) {
      return nullptr;
    } catch (std::system_error const&) {
      return nullptr;
    }
  }
  worker* const poller = polling.load(std::memory_order_relaxed);
  auto chosen = idle.end() - 1;
  if (*chosen == poller) {
    if (idle.size() > 1)
      --chosen;
    else
      polling.store(nullptr, std::memory_order_seq_cst);
  }
  worker* const picked = *chosen;
  idle.erase(chosen);
  return picked;
}

// With every thread blocked inside jobs a new one is seated: it finds nothing and comes to rest().
executor::state::worker* executor::state::appoint_poller() noexcept {
  if (events.pending() == 0 || free.empty()) return nullptr;
  if (polling.load(std::memory_order_relaxed) != nullptr) return nullptr;
  if (idle.empty()) return staff_free_slot();
  polling.store(idle.back(), std::memory_order_seq_cst);
  return idle.back();
}

}  // namespace sluice::detail
