#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/detail/executor_state.hpp>

namespace sluice::detail {

bool executor::wait(blocker& until, deadline at) {
  state::worker* const me = state_->mine();
  if (me == nullptr) state_->outside->enter();
  blocker::state& signal = *until.state_;
  if (signal.take_signal()) return true;
  if (me == nullptr) return state_->wait_outside(signal, at, false);
  require(me->in_job, "a wait in on_quiet's call would never end");
  return state_->wait_inside(*me, signal, at);
}

void executor::on_quiet(std::function<bool()> call) {
  state::lock const held(state_->mutex);
  state_->quiet_call = std::move(call);
}

void executor::drain() {
  require(state_->mine() == nullptr, "a job cannot wait until no job is left");
  state_->outside->enter();
  blocker still;
  state_->wait_outside(*still.state_, {}, true);
}

bool executor::state::wait_inside(worker& me, blocker::state& until, deadline at) {
  require(me.seat.load(std::memory_order_relaxed) != nullptr, "a thread waits twice at once");
  until.attach(*me.spot);
  blocked_thread self(until, false, false);
  worker* seated = nullptr;
  worker* poller = nullptr;
  {
    lock held(mutex);
    block(self);
    seated = give_up_seat(me);
    poller = appoint_poller();
    check_quiet(held);
  }
  if (seated != nullptr) seated->spot->notify();
  if (poller != nullptr) poller->spot->notify();
  sleep(*me.spot, until, at);
  {
    lock const held(mutex);
    unblock(self);
    if (free.empty()) {
      wanting.push_back(&me);
      wanting_count.store(wanting.size(), std::memory_order_relaxed);
    } else {
      gate.enlist(false);
      seat(me, *free.back(), false);
      free.pop_back();
    }
  }
  while (me.seat.load(std::memory_order_acquire) == nullptr) me.spot->wait({});
  until.detach();
  return until.take_signal();
}

bool executor::state::wait_outside(blocker::state& until, deadline at, bool until_still) {
  auto const spot = waits.make_spot();
  until.attach(*spot);
  blocked_thread self(until, true, until_still);
  {
    lock held(mutex);
    block(self);
    check_quiet(held);
  }
  sleep(*spot, until, at);
  {
    lock const held(mutex);
    unblock(self);
  }
  until.detach();
  return until.take_signal();
}

void executor::state::sleep(os_waits::spot& at, blocker::state const& until, deadline when) {
  while (!until.is_signalled() && !(when && waits.now() >= *when)) at.wait(when);
}

void executor::state::block(blocked_thread& self) noexcept {
  self.after = blocked;
  if (blocked != nullptr) blocked->before = &self;
  blocked = &self;
  ++(self.outside ? blocked_outside : blocked_inside);
  if (self.outside) ++changes;
}

void executor::state::unblock(blocked_thread& self) noexcept {
  (self.before != nullptr ? self.before->after : blocked) = self.after;
  if (self.after != nullptr) self.after->before = self.before;
  --(self.outside ? blocked_outside : blocked_inside);
  if (self.outside) ++changes;
}

// Whoever stops moving asks: a worker that rests, a thread that blocks.
void executor::state::check_quiet(lock& held) {
  if (is_still())
    for (blocked_thread* each = blocked; each != nullptr; each = each->after)
      if (each->until_still) each->on.signal();
  while (quiet_call && !telling && told != changes && is_quiet()) {
    std::uint64_t const seen = changes;
    telling = true;
    held.unlock();
    bool const made_work = quiet_call();
    held.lock();
    telling = false;
    if (!made_work) told = seen;
  }
}

// Pending events are read before queued work: a job leaves the former after it is in the latter.
bool executor::state::is_still() const noexcept {
  bool const none_sits = free.size() == slots.size() && wanting.empty();
  return none_sits && blocked_inside == 0 && events.pending() == 0 && !any_work();
}

bool executor::state::is_quiet() const noexcept {
  if (free.size() != slots.size() || !wanting.empty()) return false;
  if (blocked_outside == 0 || blocked_outside != outside->count()) return false;
  if (events.pending() != 0 || any_work()) return false;
  for (blocked_thread const* each = blocked; each != nullptr; each = each->after)
    if (each->on.is_signalled()) return false;
  return true;
}

// A thread that ends does not run quiet_call itself: a worker comes by and finds nothing to do.
void executor::state::outside_left() noexcept {
  worker* chosen = nullptr;
  {
    lock const held(mutex);
    ++changes;
    if (quiet_call && is_quiet()) chosen = staff_free_slot();
  }
  if (chosen != nullptr) chosen->spot->notify();
}

}  // namespace sluice::detail
