#include <sluice/store/detail/event_set.hpp>

#include <algorithm>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

bool is_over(event const& each) noexcept {
  try {
    return each.is_done();
  } catch (...) {
    return true;
  }
}

bool is_good(event const& each) noexcept {
  try {
    return each.is_done();
  } catch (...) {
    return false;
  }
}

bool has_failed(event const& each) noexcept {
  try {
    each.is_done();
    return false;
  } catch (...) {
    return true;
  }
}

bool drain_quietly(stream_ref stream) noexcept {
  try {
    if (stream) stream.drain();
  } catch (device_timeout const&) {
    return false;
  } catch (...) {  // what hit it is met by whoever asks for that work
  }
  return true;
}

stream_end behind_all_of(stream_ref stream) noexcept {
  stream_end end;
  try {
    if (stream) end.done = stream.record();
  } catch (...) {
    end.never = !drain_quietly(stream);
  }
  return end;
}

namespace {

// False when it never will be over.
bool sync_quietly(event const& each) noexcept {
  try {
    each.sync();
  } catch (device_timeout const&) {
    return false;
  } catch (...) {  // what hit it is met by whoever asks for that work
  }
  return true;
}

}  // namespace

void event_set::add(event each) noexcept {
  if (!each || std::ranges::find(events_, each) != events_.end()) return;
  // Asking is a call to the driver, so only sets that doubled since are asked.
  if (events_.size() >= prune_at_) {
    prune();
    prune_at_ = std::max<std::size_t>(8, 2 * events_.size());
  }
  try {
    events_.push_back(std::move(each));
  } catch (...) {
    never_ = never_ || !sync_quietly(each);
  }
}

void event_set::add(stream_end const& end) noexcept {
  never_ = never_ || end.never;
  add(end.done);
}

void event_set::add(event_set const& others) noexcept {
  never_ = never_ || others.never_;
  for (event const& each : others.events_) add(each);
}

void event_set::wait_on(stream_ref stream, wait_reason reason) const {
  for (event const& each : events_) stream.wait(each, reason);
}

bool event_set::over() noexcept {
  prune();
  return empty();
}

void event_set::sync() noexcept {
  for (event const& each : events_) never_ = !sync_quietly(each) || never_;
  events_.clear();
}

event event_set::pending() const {
  return events_.empty() ? event() : events_.front();
}

void event_set::prune() noexcept {
  std::erase_if(events_, [this](event const& each) { return forget(each); });
}

bool event_set::forget(event const& each) noexcept {
  try {
    return each.is_done();
  } catch (device_timeout const&) {
    never_ = true;
  } catch (...) {  // what hit it is met by whoever asks for that work
  }
  return true;
}

}  // namespace sluice::detail
