#include <sluice/runtime/detail/watched_driver.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

namespace {

constexpr int parts = 2048;
constexpr std::chrono::microseconds shortest_nap{10};
constexpr int nap_of_elapsed = 64;

}  // namespace

void watched_machine::add_pinned(void const* memory, std::size_t bytes) {
  std::lock_guard const lock(mutex_);
  pinned_.insert_or_assign(reinterpret_cast<std::uintptr_t>(memory), bytes);
}

void watched_machine::remove_pinned(void const* memory) noexcept {
  std::lock_guard const lock(mutex_);
  pinned_.erase(reinterpret_cast<std::uintptr_t>(memory));
}

bool watched_machine::is_pinned(address at) const noexcept {
  std::lock_guard const lock(mutex_);
  auto const behind = pinned_.upper_bound(at.value());
  if (behind == pinned_.begin()) return false;
  auto const& [begin, bytes] = *std::prev(behind);
  return at.value() - begin < bytes;
}

watched_driver::watched_driver(std::unique_ptr<driver> watched, std::shared_ptr<watched_machine> on,
                               std::chrono::nanoseconds timeout)
    : watched_(std::move(watched)),
      machine_(std::move(on)),
      timeout_(timeout),
      pace_(std::max(timeout / parts, std::chrono::nanoseconds(1))) {}

watched_driver::~watched_driver() = default;

void watched_driver::refuse(std::string_view call) const {
  throw device_timeout(call, info().index, waited_);
}

std::chrono::nanoseconds watched_driver::counted(std::chrono::nanoseconds gap) const noexcept {
  return std::clamp(gap, std::chrono::nanoseconds(0), pace_);
}

bool watched_driver::is_stale(numbered const& each) const noexcept {
  auto const found = last_.find(each.event);
  return found == last_.end() || found->second.number != each.number || found->second.done;
}

void watched_driver::forget_stale() noexcept {
  std::erase_if(under_way_, [this](numbered const& each) { return is_stale(each); });
}

std::uint64_t watched_driver::take_number() noexcept {
  std::lock_guard const lock(mutex_);
  return next_number_++;
}

std::size_t watched_driver::records_kept() noexcept {
  std::lock_guard const lock(mutex_);
  return under_way_.size();
}

void watched_driver::note_done(event_handle event) noexcept {
  std::lock_guard const lock(mutex_);
  if (auto const found = last_.find(event); found != last_.end()) found->second.done = true;
}

bool watched_driver::is_over(numbered const& each) noexcept {
  bool over = true;
  try {
    over = watched_->is_done(each.event);
  } catch (...) {  // what hit it is met by whoever asks for that work
    over = true;
  }
  if (!over) return false;
  std::lock_guard const lock(mutex_);
  auto const found = last_.find(each.event);
  if (found != last_.end() && found->second.number == each.number) found->second.done = true;
  return true;
}

std::uint64_t watched_driver::find_oldest() noexcept {
  for (;;) {
    numbered front;
    {
      std::lock_guard const lock(mutex_);
      while (!under_way_.empty() && is_stale(under_way_.front())) under_way_.pop_front();
      if (under_way_.empty()) return 0;
      front = under_way_.front();
    }
    if (!is_over(front)) return front.number;
  }
}

void watched_driver::look(std::chrono::nanoseconds now) noexcept {
  if (given_up()) return;
  std::unique_lock const lock(asking_, std::try_to_lock);
  if (!lock.owns_lock() || given_up()) return;
  if (oldest_ != 0 && now >= looked_at_ && now - looked_at_ < pace_ / 4) return;
  std::uint64_t const found = find_oldest();
  if (found != oldest_ || found == 0)
    oldest_for_ = std::chrono::nanoseconds(0);
  else
    oldest_for_ += counted(now - looked_at_);
  oldest_ = found;
  looked_at_ = now;
  if (oldest_for_ >= timeout_) give_up(oldest_for_);
}

// What is done by now stays done: its events can be told from those that hang.
void watched_driver::give_up(std::chrono::nanoseconds after) noexcept {
  for (std::size_t i = 0;; ++i) {
    numbered each;
    {
      std::lock_guard const lock(mutex_);
      if (i >= under_way_.size()) break;
      each = under_way_[i];
      if (is_stale(each)) continue;
    }
    is_over(each);
  }
  waited_ = after;
  machine_->any_given_up.store(true, std::memory_order_release);
  given_up_.store(true, std::memory_order_release);
}

// The time of a call that has no record of its own counts once all older records are done.
std::chrono::nanoseconds watched_driver::alone_for(std::uint64_t number,
                                                   std::chrono::nanoseconds so_far,
                                                   std::chrono::nanoseconds gap) noexcept {
  std::lock_guard const lock(asking_);
  std::uint64_t const oldest = find_oldest();
  if (oldest != 0 && oldest < number) return std::chrono::nanoseconds(0);
  so_far += counted(gap);
  if (so_far >= timeout_ && !given_up()) give_up(so_far);
  return so_far;
}

template <class Ask>
void watched_driver::wait_until(std::string_view call, Ask&& is_over) {
  refuse_if_given_up(call);
  std::uint64_t const mine = take_number();
  os_waits& clock = machine_->clock;
  std::chrono::nanoseconds const began = clock.let_pass(std::chrono::nanoseconds(0));
  std::chrono::nanoseconds last = began;
  std::chrono::nanoseconds alone{0};
  while (!is_over()) {
    auto const nap =
        std::max<std::chrono::nanoseconds>((last - began) / nap_of_elapsed, shortest_nap);
    auto const now = clock.let_pass(std::min(nap, pace_));
    look(now);
    if (!given_up()) alone = alone_for(mine, alone, now - last);
    refuse_if_given_up(call);
    last = now;
  }
}

address watched_driver::allocate(std::size_t bytes) {
  refuse_if_given_up("allocation of device memory");
  return watched_->allocate(bytes);
}

void* watched_driver::allocate_pinned(std::size_t bytes) {
  refuse_if_given_up("allocation of pinned memory");
  void* const memory = watched_->allocate_pinned(bytes);
  try {
    machine_->add_pinned(memory, bytes);
  } catch (...) {
    watched_->free_pinned(memory);
    throw;
  }
  return memory;
}

void watched_driver::free(address memory) noexcept {
  free_pinned(reinterpret_cast<void*>(memory.value()));
}

// Freeing waits for all that the device has; of one that hangs the memory is left to it.
void watched_driver::free_pinned(void* memory) noexcept {
  bool const pinned = machine_->is_pinned(address::of(memory));
  try {
    wait_until("giving memory back", [this] { return watched_->await_all(); });
  } catch (device_timeout const&) {
    return;
  } catch (...) {  // a device that is lost has nothing more to wait for
  }
  if (pinned && machine_->any_given_up.load(std::memory_order_acquire)) return;
  machine_->remove_pinned(memory);
  if (pinned)
    watched_->free_pinned(memory);
  else
    watched_->free(address::of(memory));
}

void watched_driver::note_allocated(allocation_note const& note) noexcept {
  watched_->note_allocated(note);
}
void watched_driver::note_freed(address memory, std::size_t bytes) noexcept {
  watched_->note_freed(memory, bytes);
}
void watched_driver::note_host_access(address memory, std::size_t bytes, bool writes,
                                      std::string_view doing) noexcept {
  watched_->note_host_access(memory, bytes, writes, doing);
}
void watched_driver::note_user(stream_handle stream, std::string_view user) noexcept {
  watched_->note_user(stream, user);
}

stream_handle watched_driver::make_stream() {
  refuse_if_given_up("a new stream");
  return watched_->make_stream();
}

// CUDA's call may wait for what hangs (seen of cudaEventDestroy), so handles are left to it too.
void watched_driver::destroy_stream(stream_handle stream) noexcept {
  if (!given_up()) watched_->destroy_stream(stream);
}

event_handle watched_driver::make_event() {
  refuse_if_given_up("a new event");
  return watched_->make_event();
}

void watched_driver::destroy_event(event_handle event) noexcept {
  std::lock_guard const asking(asking_);
  {
    std::lock_guard const lock(mutex_);
    last_.erase(event);
  }
  if (!given_up()) watched_->destroy_event(event);
}

// Numbered before it is given: what depends on it is given, and numbered, behind it.
void watched_driver::record(event_handle event, stream_handle stream) {
  refuse_if_given_up("the record of an event");
  std::uint64_t const number = take_number();
  watched_->record(event, stream);
  std::lock_guard const lock(mutex_);
  auto const younger = [&](numbered const& each) { return each.number < number; };
  auto const last_older = std::find_if(under_way_.rbegin(), under_way_.rend(), younger);
  under_way_.insert(last_older.base(), {event, number});
  last_record& noted = last_[event];
  noted.number = number;
  noted.done = false;
  if (under_way_.size() < forget_at_) return;
  forget_stale();
  forget_at_ = std::max<std::size_t>(64, 2 * under_way_.size());
}

void watched_driver::wait(stream_handle stream, event_handle event, wait_reason reason) {
  refuse_if_given_up("a stream's wait");
  watched_->wait(stream, event, reason);
}

bool watched_driver::was_done(event_handle event) noexcept {
  std::lock_guard const lock(mutex_);
  auto const found = last_.find(event);
  return found != last_.end() && found->second.done;
}

bool watched_driver::is_done(event_handle event) {
  if (given_up()) {
    if (!was_done(event)) refuse("a question about an event");
    return watched_->is_done(event);
  }
  bool done = false;
  try {
    done = watched_->is_done(event);
  } catch (...) {
    note_done(event);
    throw;
  }
  if (done) note_done(event);
  return done;
}

void watched_driver::sync(event_handle event) {
  if (given_up()) {
    is_done(event);
    return;
  }
  try {
    wait_until("a sync with an event", [&] { return watched_->await(event); });
  } catch (device_timeout const&) {
    if (is_done(event)) return;
  } catch (...) {
    note_done(event);
    throw;
  }
  note_done(event);
}

void watched_driver::sync_stream(stream_handle stream) {
  wait_until("a sync with a stream", [&] { return watched_->await_stream(stream); });
}

// CUDA waits for the stream inside a copy from or to pageable memory.
void watched_driver::copy(stream_handle stream, address to, address from, std::size_t bytes,
                          copy_direction direction) {
  refuse_if_given_up("a copy");
  if (info().kind == device_kind::cuda && direction != copy_direction::device_to_device &&
      !machine_->is_pinned(direction == copy_direction::host_to_device ? from : to))
    wait_until("a copy of pageable memory", [&] { return watched_->await_stream(stream); });
  watched_->copy(stream, to, from, bytes, direction);
}

void watched_driver::launch(stream_handle stream, kernel_call const& call) {
  if (given_up()) refuse("launch of kernel '" + std::string(call.name) + "'");
  watched_->launch(stream, call);
}

}  // namespace sluice::detail
