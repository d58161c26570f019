#include <sluice/store/object_store.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <sluice/store/detail/store_access.hpp>
#include <sluice/store/error.hpp>

namespace sluice {

using detail::store_lock;
using detail::stored_chunk;

namespace {

stored_chunk& stored(chunk const& handle) {
  if (!handle) throw misuse("an empty chunk was given to the store; make one with a writer");
  return detail::chunk_access::of(handle);
}

}  // namespace

object_store::object_store(store_options options, std::span<driver* const> devices, disk& files)
    : shared_(std::make_shared<shared>(std::move(options), devices, files)) {}

object_store::~object_store() {
  shared_->close();
}

std::size_t object_store::stage_bytes(chunk const& source) const noexcept {
  return source ? detail::chunk_access::of(source).size : 0;
}

event object_store::written(chunk const& source) const {
  stored_chunk& asked = stored(source);
  store_lock const lock(*shared_);
  if (asked.failure) std::rethrow_exception(asked.failure);
  if (asked.written.is_done()) asked.written = event();
  return asked.written;
}

void object_store::bind(std::span<chunk const> parts) {
  auto const bound = std::make_shared<detail::chunk_group>();
  std::vector<std::shared_ptr<stored_chunk>> held;  // the last one must not go under the mutex
  store_lock const lock(*shared_);
  std::vector<std::shared_ptr<detail::chunk_group>> merged;
  for (chunk const& each : parts) {
    stored_chunk& part = stored(each);
    bound->last_use = std::max(bound->last_use, part.last_used());
    if (part.group == nullptr) {
      bound->members.push_back(part.weak_from_this());
      part.group = bound;
    } else if (part.group != bound && std::ranges::find(merged, part.group) == merged.end()) {
      merged.push_back(part.group);
    }
  }
  for (auto const& group : merged)
    for (auto const& member : group->members)
      if (!member.expired()) bound->members.push_back(member);
  for (auto const& member : bound->members) {
    held.push_back(member.lock());
    if (held.back() != nullptr) held.back()->group = bound;
  }
}

bool object_store::has_waiters() const noexcept {
  return shared_->waiters.load(std::memory_order_relaxed) != 0;
}

void object_store::on_waiter(void (*notify)(void* who) noexcept, void* who) noexcept {
  store_lock const lock(*shared_);
  shared_->notify = notify;
  shared_->notified = who;
}

std::size_t object_store::open_readings() const noexcept {
  store_lock const lock(*shared_);
  return shared_->open_readings;
}

void object_store::on_last_reading(void (*closed)(void* who) noexcept, void* who) noexcept {
  store_lock const lock(*shared_);
  shared_->last_closed = closed;
  shared_->last_closed_told = who;
}

memory_request* object_store::youngest_waiter() noexcept {
  store_lock const lock(*shared_);
  auto const& queue = shared_->queue(lock);
  return queue.empty() ? nullptr : &(*queue.rbegin())->owner;
}

memory_request* object_store::oldest_waiter() noexcept {
  store_lock const lock(*shared_);
  auto const& queue = shared_->queue(lock);
  return queue.empty() ? nullptr : &(*queue.begin())->owner;
}

std::vector<location> object_store::where(chunk const& source) const {
  std::vector<detail::pool const*> found;
  stored_chunk& asked = stored(source);
  {
    store_lock const lock(*shared_);
    for (detail::replica const& each : asked.replicas) found.push_back(each.where);
  }
  std::ranges::sort(found, {}, &detail::pool::index);
  std::vector<location> names;
  names.reserve(found.size());
  for (detail::pool const* const each : found) names.push_back(each->where);
  return names;
}

pool_figures object_store::figures(location pool) const {
  detail::pool const& asked = shared_->at(pool);
  {
    store_lock lock(*shared_);
    shared_->settle(lock);
  }
  return asked.account.figures();
}

std::uint64_t object_store::spilled_bytes() const noexcept {
  return shared_->spilled_bytes.load(std::memory_order_relaxed);
}

std::uint64_t object_store::restored_bytes() const noexcept {
  return shared_->restored_bytes.load(std::memory_order_relaxed);
}

}  // namespace sluice
