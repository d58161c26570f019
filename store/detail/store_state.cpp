#include <sluice/store/detail/store_state.hpp>

#include <algorithm>
#include <utility>

#include <sluice/store/error.hpp>

namespace sluice::detail {

namespace {

// A chunk must fit in one extent, so a limit that is not too large is one extent.
constexpr std::size_t pinned_extent_bytes = std::size_t{256} << 20;

}  // namespace

store_lock::store_lock(store_state& state) : state_(state), lock_(state.mutex_) {}

store_lock::~store_lock() {
  if (changed_ && !state_.queue_.empty()) {
    state_.serve(*this);
    if (!state_.queue_.empty()) call_spiller_ = true;
  }
  void (*notify)(void*) noexcept = nullptr;
  void* const notified = state_.notified;
  if (call_spiller_ && state_.spilling) {
    state_.spiller_asked_again = true;
  } else if (call_spiller_ && !state_.spiller_called) {
    state_.spiller_called = state_.notify != nullptr;
    notify = state_.notify;
  }
  lock_.unlock();
  while (granted_ != nullptr) {
    // Once announced the request may be gone.
    waiting_request* const next = granted_->next_granted;
    auto* const wake = granted_->wake;
    void* const who = granted_->who;
    granted_->announced.store(true, std::memory_order_release);
    if (wake != nullptr) wake(who);
    granted_ = next;
  }
  if (notify != nullptr) notify(notified);
}

std::size_t pool::round(std::size_t bytes) const noexcept {
  return is_disk() ? spill_space::round(bytes) : memory->round(bytes);
}

std::size_t pool::largest() const noexcept {
  std::size_t const limit = account.limit_bytes();
  return is_disk() ? limit : std::min(limit, memory->largest());
}

void block::open_on(stream_ref stream, std::size_t used_bytes) {
  if (!piece_) return;
  if (stream) piece_.last_users.wait_on(stream, wait_reason::memory_reused);
  home_->memory->hand_over(piece_, used_bytes, stream);
  if (!stream) return;
  // Whatever is recorded on `stream` from here on is behind them.
  piece_.last_users = event_set();
}

void block::give_back() noexcept {
  if (home_ == nullptr) return;
  store_state& state = home_->state;
  store_lock lock(state);
  state.give_back(lock, std::move(*this));
}

store_state::store_state(store_options options, std::span<driver* const> devices, disk& files) {
  if (options.device_bytes.size() != devices.size())
    throw misuse("a store has one limit per device; " +
                 std::to_string(options.device_bytes.size()) + " limits were given for " +
                 std::to_string(devices.size()) + " devices");
  for (driver* const each : devices)
    if (each->info().kind == device_kind::sim && checked_by_ == nullptr) checked_by_ = each;
  auto const add = [&](tier which, std::size_t device, std::size_t limit_bytes) -> pool& {
    pools_.push_back(std::make_unique<pool>(
        *this, pools_.size(), location(which, static_cast<int>(device)), limit_bytes));
    return *pools_.back();
  };
  for (std::size_t i = 0; i < devices.size(); ++i) {
    std::size_t const limit = options.device_bytes[i];
    devices_.push_back(std::make_unique<device_side>(*devices[i]));
    add(tier::device, i, limit).memory =
        std::make_unique<arena>(*devices[i], arena::kind::device, limit, limit);
  }
  std::size_t const pinned_limit = devices.empty() ? 0 : options.pinned_bytes;
  pool& pinned = add(tier::pinned, 0, pinned_limit);
  if (pinned_limit != 0) {
    auto memory = std::make_unique<arena>(*devices.front(), arena::kind::pinned, pinned_limit,
                                          pinned_extent_bytes);
    pinned_arena_ = memory.get();
    pinned.memory = std::move(memory);
  } else {
    pinned.memory = std::make_unique<host_memory>(0);
  }
  add(tier::host, 0, options.host_bytes).memory =
      std::make_unique<host_memory>(options.host_bytes, checked_by_, options.faults);
  pool& disk_pool = add(tier::disk, 0, options.disk_bytes);
  spill_ = std::make_unique<spill_space>(files, spill_folder(options.spill_dir), disk_pool.account);
  if (pools_.size() > 64) throw misuse("a store has at most 61 devices");
}

void store_state::close() noexcept {
  std::vector<block> leaving;
  {
    store_lock lock(*this);
    notify = nullptr;
    for (auto const& each : pools_) {
      each->claim.reset();
      while (replica* const any = each->order.first()) {
        any->of.written = event();
        drop(lock, *any);
      }
      for (block& last : each->leaving) leaving.push_back(std::move(last));
      each->leaving.clear();
    }
  }
  for (block& each : leaving) {
    each.last_users().sync();
    if (each.last_users().never_over()) leave_to_device(each);
  }
  leaving.clear();
  {
    store_lock const lock(*this);
    closed.store(true, std::memory_order_relaxed);
  }
  for (auto const& each : pools_) each->memory.reset();
  pinned_arena_ = nullptr;
  checked_by_ = nullptr;
  devices_.clear();
  spill_.reset();
}

pool& store_state::at(location where) {
  auto const devices = static_cast<int>(pools_.size()) - 3;
  switch (where.which()) {
    case tier::device:
      if (where.device() < 0 || where.device() >= devices) break;
      return *pools_[static_cast<std::size_t>(where.device())];
    case tier::pinned:
      return pinned();
    case tier::host:
      return host();
    case tier::disk:
      return on_disk();
  }
  throw misuse("this store has no " + name_of(where) + "; it has " + std::to_string(devices) +
               " devices");
}

block store_state::take(store_lock&, pool& from, std::size_t bytes) noexcept {
  if (closed.load(std::memory_order_relaxed)) return block();
  if (bytes == 0) return block(from, piece(), reservation());
  std::size_t const rounded = from.memory->round(bytes);
  if (rounded > from.account.free_bytes()) return block();
  piece memory = from.memory->take(rounded);
  if (!memory) return block();
  auto charge = from.account.try_reserve(rounded);
  return block(from, std::move(memory), std::move(*charge));
}

void store_state::free_piece(block& freed) noexcept {
  if (freed.piece_ && !closed.load(std::memory_order_relaxed))
    freed.home_->memory->give(std::move(freed.piece_));
  freed.piece_ = piece();
  freed.charge_.give_back();
  freed.home_ = nullptr;
}

// What a device that was given up may still read or write is never used again, nor given to
// anybody: it stays counted.
void store_state::leave_to_device(block& freed) noexcept {
  if (freed.piece_ && freed.home_->memory != nullptr) freed.home_->memory->leave(freed.piece_);
  freed.piece_ = piece();
  freed.charge_.keep_for_ever();
  freed.home_ = nullptr;
}

void store_state::give_back(store_lock& lock, block freed) noexcept {
  if (!freed) return;
  lock.changed();
  bool const now = !freed.piece_ || freed.home_->memory == nullptr ||
                   freed.home_->memory->in_stream_order() || freed.last_users().over();
  if (!now && freed.last_users().never_over()) return leave_to_device(freed);
  if (!now) {
    try {
      freed.home_->leaving.reserve(freed.home_->leaving.size() + 1);
      freed.home_->leaving.push_back(std::move(freed));
      return;
    } catch (...) {
      freed.last_users().sync();
      if (freed.last_users().never_over()) return leave_to_device(freed);
    }
  }
  free_piece(freed);
}

void store_state::settle(store_lock& lock) noexcept {
  for (auto const& each : pools_)
    std::erase_if(each->leaving, [&](block& last) {
      if (!last.last_users().over()) {
        if (!last.last_users().never_over()) return false;
        leave_to_device(last);
        return true;
      }
      free_piece(last);
      lock.changed();
      return true;
    });
}

chunk store_state::add_chunk(block&& memory, std::size_t bytes, event written) {
  std::shared_ptr<stored_chunk> stored;
  std::list<replica> first;
  {
    store_lock lock(*this);
    if (closed.load(std::memory_order_relaxed))
      throw misuse("a writer was sealed after its store was gone");
    stored = std::make_shared<stored_chunk>(shared_from_this(), bytes, next_id_++);
    first.emplace_back(*stored, memory.home());
    first.front().ready = written;
    stored->written = std::move(written);
    touch(lock, *stored);
    publish(lock, first).memory = std::move(memory);
  }
  return chunk_access::whole(std::move(stored));
}

replica& store_state::publish(store_lock& lock, std::list<replica>& fresh) {
  replica& added = fresh.front();
  std::list<replica>& all = added.of.replicas;
  all.splice(all.end(), fresh);
  try {
    added.where->order.add(added);
  } catch (...) {
    fresh.splice(fresh.end(), all, std::prev(all.end()));
    throw;
  }
  for (replica& each : all) each.where->order.refile(each);
  lock.changed();
  return added;
}

void store_state::drop(store_lock& lock, replica& gone) noexcept {
  std::list<replica>& all = gone.of.replicas;
  gone.where->order.remove(gone);
  if (gone.open != 0) ++dropped_in_use;
  auto const here = std::ranges::find(all, &gone, [](replica& each) { return &each; });
  // Room on disk goes back with the lock, after the mutex.
  lock.dropped_.splice(lock.dropped_.end(), all, here);
  for (replica& each : all) each.where->order.refile(each);
  if (gone.memory) {
    gone.memory.last_users().add(gone.users);
    gone.memory.last_users().add(gone.ready);
    give_back(lock, std::move(gone.memory));
  }
  lock.changed();
}

void store_state::touch(store_lock&, stored_chunk& used) noexcept {
  used.last_use = ++clock_;
  if (used.group != nullptr) used.group->last_use = clock_;
}

void store_state::reading_closed(store_lock&) noexcept {
  if (--open_readings == 0 && last_closed != nullptr) last_closed(last_closed_told);
}

void store_state::unpin(store_lock& lock, replica& used) noexcept {
  if (--used.open == 0) lock.changed();
}

}  // namespace sluice::detail
