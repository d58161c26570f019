#include <sluice/store/detail/event_set.hpp>

#include <algorithm>

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

void drain_quietly(stream_ref stream) noexcept {
  try {
    if (stream) stream.drain();
  } catch (...) {  // what hit it is met by whoever asks for that work
  }
}

event behind_all_of(stream_ref stream) noexcept {
  try {
    return stream ? stream.record() : event();
  } catch (...) {
    drain_quietly(stream);
    return {};
  }
}

namespace {

// False when the work failed; it is over in any case.
bool sync_quietly(event const& each) noexcept {
  try {
    each.sync();
    return true;
  } catch (...) {
    return false;
  }
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
    sync_quietly(each);
  }
}

void event_set::add(event_set const& others) noexcept {
  for (event const& each : others.events_) add(each);
}

void event_set::wait_on(stream_ref stream, wait_reason reason) const {
  for (event const& each : events_) stream.wait(each, reason);
}

bool event_set::over() noexcept {
  prune();
  return events_.empty();
}

void event_set::sync() noexcept {
  for (event const& each : events_) sync_quietly(each);
  events_.clear();
}

event event_set::pending() const {
  return events_.empty() ? event() : events_.front();
}

void event_set::prune() noexcept {
  std::erase_if(events_, [](event const& each) { return is_over(each); });
}

}  // namespace sluice::detail
