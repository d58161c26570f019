#include <sluice/runtime/detail/executor.hpp>

#include <array>
#include <chrono>
#include <new>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/detail/cpu_pause.hpp>
#include <sluice/runtime/detail/executor_state.hpp>
#include <sluice/runtime/detail/lap_clock.hpp>

namespace sluice::detail {

namespace {

// Every so many jobs a worker takes one that its usual order would pass over for ever.
constexpr std::uint32_t fair_interval = 64;
// Injected jobs that a worker takes at once, so that many small ones cost few locks.
constexpr std::size_t batch_max = 32;
// How often a busy worker asks for events, when some are awaited.
constexpr std::chrono::microseconds poll_interval{20};
// The longest pause between two looks of a thread that searches, in CPU pauses.
constexpr unsigned pause_max = 16;

}  // namespace

executor::executor(machine& world, unsigned workers) {
  require(workers > 0, "an executor needs at least one worker");
  state_ = std::make_unique<state>(world, workers);
  state_->start(workers);
}

executor::~executor() = default;

void executor::submit(job& work) noexcept {
  state_->submit(work);
}

void executor::submit_next(job& work) noexcept {
  state::worker* const me = state_->mine();
  state::slot* const own = me != nullptr ? me->seat.load(std::memory_order_relaxed) : nullptr;
  if (own == nullptr) return state_->submit(work);
  if (job* const earlier = std::exchange(own->next, &work)) state_->submit(*earlier);
}

void executor::enter() noexcept {
  if (state_->mine() == nullptr) state_->outside->enter();
}

void executor::submit_last(job& work) noexcept {
  enter();
  state_->injected.push_last(work);
  if (state_->gate.must_wake()) state_->wake();
}

void executor::when_done(event done, job& work) noexcept {
  state_->when_done(std::move(done), work);
}

bool executor::inside() const noexcept {
  state::worker const* const me = state_->mine();
  return me != nullptr && me->in_job;
}

unsigned executor::slot() const noexcept {
  state::worker const* const me = state_->mine();
  if (me == nullptr) return static_cast<unsigned>(state_->slots.size());
  state::slot const* const seat = me->seat.load(std::memory_order_relaxed);
  return seat != nullptr ? seat->index : me->last_slot;
}

void executor::state::submit(job& work) noexcept {
  worker* const me = mine();
  slot* const own = me != nullptr ? me->seat.load(std::memory_order_relaxed) : nullptr;
  if (own != nullptr) {
    push(*own, work);
  } else {
    if (me == nullptr) outside->enter();
    injected.push_first(work);
  }
  if (gate.must_wake()) wake();
}

void executor::state::when_done(event done, job& work) noexcept {
  if (mine() == nullptr) outside->enter();
  if (is_settled(done)) return submit(work);
  try {
    events.add(done, work);
  } catch (std::bad_alloc const&) {
    try {
      done.sync();
    } catch (...) {  // the job asks the event and meets this error
    }
    return submit(work);
  }
  ensure_polled();
}

inline job* executor::state::take(slot& from) noexcept {
  if (++from.turn % fair_interval == 0)
    if (job* const waited = take_fairly(from)) return waited;
  if (from.next != nullptr) return std::exchange(from.next, nullptr);
  return from.jobs.pop();
}

void executor::state::serve(worker& me) noexcept {
  current = &me;
  for (;;) {
    slot* own = me.seat.load(std::memory_order_acquire);
    if (own == nullptr) {
      own = await_seat(me);
      if (own == nullptr) return;
      lap_clock::stop();
    }
    job* work = take(*own);
    if (work == nullptr) {
      lap_clock::stop();
      work = look_around(*own);
    }
    if (work == nullptr) work = search(me, *own);
    if (work == nullptr) {
      rest(me);
      continue;
    }
    if (me.searching) end_search(me);
    me.in_job = true;
    work->run(*work);
    me.in_job = false;
    if (events.pending() > 0) poll_if_due();
    if (wanting_count.load(std::memory_order_relaxed) > 0) rest(me);
  }
}

// In turn: what came from outside; the last jobs, or the oldest of the own jobs that are ahead.
job* executor::state::take_fairly(slot& from) noexcept {
  if (from.next != nullptr) {
    push(from, *std::exchange(from.next, nullptr));
    if (gate.must_wake()) wake();
  }
  if (from.turn / fair_interval % 2 == 0)
    if (job* const injected_first = injected.take_first(1, 1)) return injected_first;
  if (job* const last = injected.take_last(from.watch, from.jobs.begin(), from.jobs.end()))
    return last;
  return from.jobs.steal();
}

// Everything that is not in the own deque; the last jobs only if there is nothing else.
job* executor::state::look_around(slot& for_whom) noexcept {
  if (job* const chain = injected.take_first(batch_max, slots.size()))
    return keep_batch(for_whom, chain);
  std::uint32_t& random = for_whom.random;
  random ^= random << 13U;
  random ^= random >> 17U;
  random ^= random << 5U;
  std::size_t const count = slots.size();
  std::size_t const first = random % count;
  for (std::size_t i = 0; i < count; ++i)
    if (job* const stolen = slots[(first + i) % count]->jobs.steal()) return stolen;
  return injected.take_any();
}

// The oldest is returned and the others are queued so that they are popped in their order.
job* executor::state::keep_batch(slot& to, job* chain) noexcept {
  std::array<job*, batch_max> rest;
  std::size_t count = 0;
  for (job* each = chain->next; each != nullptr; each = each->next) rest[count++] = each;
  if (count == 0) return chain;
  while (count > 0) push(to, *rest[--count]);
  to.watch.own_end = to.jobs.end();
  if (gate.must_wake()) wake();
  return chain;
}

// Looks a little longer before the thread goes to sleep: sleeping and waking cost more.
job* executor::state::search(worker& me, slot& from) noexcept {
  if (!me.searching) {
    if (!gate.begin_search(static_cast<std::uint32_t>(slots.size()))) return nullptr;
    me.searching = true;
  }
  for (unsigned round = 0; round < search_rounds; ++round) {
    for (unsigned i = 0; i <= round && i < pause_max; ++i) cpu_pause();
    if (wanting_count.load(std::memory_order_relaxed) > 0) return nullptr;
    if (events.pending() > 0) poll_events();
    if (job* const found = look_around(from)) return found;
  }
  return nullptr;
}

void executor::state::end_search(worker& me) noexcept {
  me.searching = false;
  if (gate.end_search() && any_work()) wake();
}

bool executor::state::any_work() const noexcept {
  if (!injected.looks_empty()) return true;
  for (auto const& each : slots)
    if (!each->jobs.empty()) return true;
  return false;
}

void executor::state::poll_if_due() noexcept {
  auto const now = waits.now();
  if (!events.is_due(now, poll_interval)) return;
  poll_events();
  look_at_devices(now);
}

void executor::state::poll_events() noexcept {
  std::size_t const done = events.poll([this](job& ready) { injected.push_first(ready); });
  if (done > 0 && gate.must_wake()) wake();
}

}  // namespace sluice::detail
