#include <sluice/runtime/detail/device_streams.hpp>

#include <cstddef>

namespace sluice::detail {

namespace {

constexpr std::size_t busy_max = 64;
constexpr std::size_t looked_at_max = 4;  // each look may be a call of the driver

enum class progress { idle, busy, broken };

progress progress_of(stream_ref returned) noexcept {
  try {
    return returned.record().is_done() ? progress::idle : progress::busy;
  } catch (...) {
    return progress::broken;
  }
}

// What hit it is for whose work it was.
void wait_quietly(stream_ref busy) noexcept {
  try {
    busy.sync();
  } catch (...) {
    return;
  }
}

}  // namespace

stream_ref device_streams::lease() {
  for (;;) {
    stream_ref first;
    {
      std::lock_guard const lock(mutex_);
      if (stream_ref const idle = take_idle()) return idle;
      if (returned_.size() < busy_max) {
        all_.push_back(std::make_unique<stream>(events_));
        return all_.back()->ref();
      }
      first = returned_.front();
    }
    wait_quietly(first);
  }
}

void device_streams::give_back(stream_ref lent) noexcept {
  std::lock_guard const lock(mutex_);
  try {
    returned_.push_back(lent);
  } catch (...) {
    return;  // it is not lent again
  }
}

// Of those that have worked longest, or nothing.
stream_ref device_streams::take_idle() {
  std::size_t looked_at = 0;
  for (auto each = returned_.begin(); each != returned_.end() && looked_at < looked_at_max;
       ++looked_at) {
    progress const now = progress_of(*each);
    if (now == progress::busy) {
      ++each;
      continue;
    }
    stream_ref const found = *each;
    each = returned_.erase(each);
    if (now == progress::idle) return found;
  }
  return {};
}

}  // namespace sluice::detail
