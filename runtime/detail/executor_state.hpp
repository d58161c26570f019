// The executor's insides: slots, the threads that sit in them, and who is blocked.
//
//   Owner    the executor; its threads are joined before any of this goes.
//   Threads  fields are sorted by who may touch them. Nobody sleeps with the mutex held. Order of
//            locks: outside_threads, then mutex, then a blocker's.
//   Flow     executor -> executor_slots (who runs) -> executor_waits (who is blocked)
//
// A thread runs jobs only while it sits in a slot. Always true under the mutex: a slot is free or
// has one thread; no thread wants a slot while one is free; an idle thread has no slot.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <sluice/cuda/detail/random.hpp>
#include <sluice/runtime/detail/blocker_state.hpp>
#include <sluice/runtime/detail/event_count.hpp>
#include <sluice/runtime/detail/executor.hpp>
#include <sluice/runtime/detail/injection_queue.hpp>
#include <sluice/runtime/detail/outside_threads.hpp>
#include <sluice/runtime/detail/poller.hpp>
#include <sluice/runtime/detail/work_deque.hpp>
#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

struct executor::state {
  using lock = std::unique_lock<std::mutex>;

  // The right to run jobs, and the queue that goes with it.
  struct slot {
    slot(unsigned number, std::uint64_t seed) noexcept
        : index(number), random(static_cast<std::uint32_t>(mixed(seed ^ number)) | 1U) {}

    unsigned const index;
    work_deque<job> jobs;  // owned by the thread that sits here

    // Of the thread that sits here.
    job* next = nullptr;  // from submit_next()
    std::uint32_t turn = 0;
    std::uint32_t random;
    injection_queue::last_watch watch;
  };

  struct worker {
    worker(state& of, std::unique_ptr<os_waits::spot> at) : home(of), spot(std::move(at)) {}

    state& home;
    std::unique_ptr<os_waits::spot> const spot;
    std::unique_ptr<os_waits::thread> thread;

    // Given with the mutex held, by any thread; given up by the worker itself.
    std::atomic<slot*> seat{nullptr};
    bool searching = false;  // counted in `gate`; handed over with the seat

    // Of the worker itself.
    bool in_job = false;
    unsigned last_slot = 0;
  };

  struct blocked_thread {
    blocked_thread(blocker::state& until, bool from_outside, bool drains) noexcept
        : on(until), outside(from_outside), until_still(drains) {}

    blocker::state& on;
    bool const outside;
    bool const until_still;
    blocked_thread* before = nullptr;
    blocked_thread* after = nullptr;
  };

  state(machine& world, unsigned workers);
  ~state();

  // --- executor.cpp: finding and running jobs
  // The calling thread, if it is a worker of this executor.
  worker* mine() const noexcept {
    return current != nullptr && &current->home == this ? current : nullptr;
  }
  void submit(job& work) noexcept;
  void push(slot& to, job& work) noexcept {
    if (!to.jobs.push(work)) injected.push_first(work);
  }
  void when_done(event done, job& work) noexcept;
  void serve(worker& me) noexcept;
  job* take(slot& from) noexcept;
  job* take_fairly(slot& from) noexcept;
  job* look_around(slot& for_whom) noexcept;
  job* keep_batch(slot& to, job* chain) noexcept;
  job* search(worker& me, slot& from) noexcept;
  void end_search(worker& me) noexcept;
  bool any_work() const noexcept;
  void poll_events() noexcept;
  void poll_if_due() noexcept;

  // --- executor_slots.cpp: who sits where
  static std::vector<std::unique_ptr<slot>> make_slots(unsigned count, std::uint64_t seed);
  void start(unsigned threads);
  void stop() noexcept;
  void wake() noexcept;
  void rest(worker& me) noexcept;
  slot* await_seat(worker& me) noexcept;
  void keep_polling(worker& me) noexcept;
  std::chrono::nanoseconds nap_after(std::chrono::nanoseconds waited) const noexcept;
  void look_at_devices(std::chrono::nanoseconds now) noexcept;
  bool stop_polling(worker& me) noexcept;
  void ensure_polled() noexcept;
  worker* give_up_seat(worker& me) noexcept;  // these need the mutex, and return whom to notify
  worker* staff_for_work() noexcept;
  worker* staff_free_slot() noexcept;
  worker* appoint_poller() noexcept;
  void seat(worker& who, slot& where, bool searching) noexcept;
  worker* pick_idle() noexcept;
  worker* start_thread();

  // --- executor_waits.cpp: who is blocked, and is anything left that can move
  bool wait_inside(worker& me, blocker::state& until, deadline at);
  bool wait_outside(blocker::state& until, deadline at, bool until_still);
  void sleep(os_waits::spot& at, blocker::state const& until, deadline when);
  void block(blocked_thread& self) noexcept;  // these need the mutex
  void unblock(blocked_thread& self) noexcept;
  void check_quiet(lock& held);
  bool is_still() const noexcept;  // nothing queued, running or awaited
  bool is_quiet() const noexcept;
  void outside_left() noexcept;

  // Fixed.
  os_waits& waits;
  std::span<watched_driver* const> const watched;
  std::chrono::nanoseconds const watch_pace;  // 0: no device is watched
  unsigned const search_rounds;
  std::size_t const threads_max;
  std::vector<std::unique_ptr<slot>> const slots;
  std::shared_ptr<outside_threads> const outside;

  // Self-synchronised.
  injection_queue injected;
  poller events;
  event_count gate;
  std::atomic<std::size_t> wanting_count{0};  // wanting.size()
  std::atomic<worker*> polling{nullptr};      // the idle thread that polls; written under the mutex
  std::atomic<bool> stopping{false};          // written under the mutex

  std::mutex mutex;  // guards what follows
  std::vector<slot*> free;
  std::vector<std::unique_ptr<worker>> threads;
  std::vector<worker*> idle;          // the last one went to sleep last
  std::vector<worker*> wanting;       // signalled inside a job, first come first served
  blocked_thread* blocked = nullptr;  // a list: blocking must not fail half-way
  std::size_t blocked_inside = 0;
  std::size_t blocked_outside = 0;
  std::function<bool()> quiet_call;
  bool telling = false;       // quiet_call runs
  std::uint64_t changes = 1;  // jobs got to run, outside threads came or went
  std::uint64_t told = 0;     // `changes` when quiet_call had nothing to do

  static thread_local constinit worker* current;
};

}  // namespace sluice::detail
