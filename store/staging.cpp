// The way to the bytes: opening readings, and making replicas where they are wanted.

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include <sluice/store/detail/copy.hpp>
#include <sluice/store/detail/store_access.hpp>
#include <sluice/store/error.hpp>

namespace sluice {

using detail::block;
using detail::chunk_access;
using detail::pool;
using detail::replica;
using detail::store_lock;
using detail::store_state;
using detail::stored_chunk;

namespace {

replica* in_host_memory(store_state& state, stored_chunk& asked) {
  replica* const pinned = asked.in(state.pinned());
  replica* const pageable = asked.in(state.host());
  if (pinned == nullptr || pageable == nullptr) return pinned != nullptr ? pinned : pageable;
  return detail::is_good(pinned->ready) ? pinned : pageable;
}

// Whether the bytes have to be there before a copy up is enqueued. Pageable memory may be read at
// the call, whatever the stream waits for; and one device does not wait for another's events.
bool must_be_there(replica const& source, pool const& target, store_state& state) {
  bool const in_order =
      source.where == &state.pinned() && source.filled_by == &state.side(target).device;
  return !in_order && !source.ready.is_done();
}

// Where the next replica has to be made so that `reach` is reached at last.
read_attempt next_step(store_state& state, stored_chunk& asked, pool& reach) {
  replica const* const below = reach.is_device() ? in_host_memory(state, asked) : nullptr;
  if (below != nullptr && must_be_there(*below, reach, state)) return needs_event{below->ready};
  needs_memory needed;
  if (below != nullptr) {
    needed.pools.push_back(reach.where);
    return needed;
  }
  // Copy engines are quick with pinned memory; for reading a file pageable will do.
  bool const by_engine = reach.is_device() || asked.in(state.on_disk()) == nullptr;
  pool& first = by_engine ? state.pinned() : state.host();
  pool& second = by_engine ? state.host() : state.pinned();
  for (pool* const each : {&first, &second})
    if (each->round(asked.size) <= each->largest() || each == &state.host())
      needed.pools.push_back(each->where);
  return needed;
}

// Whether a replica in `home` would add nothing.
bool reached_through(store_state& state, stored_chunk& asked, pool const& home) {
  return (home.is_device() ? asked.in(home) : in_host_memory(state, asked)) != nullptr;
}

// From which replica `target` is filled; null when none can be used now. The file comes before a
// device that is lost, or whose bytes failed or still may: else a reader would meet an error that
// the file has not.
replica* source_for(store_state& state, stored_chunk& asked, pool const& target) {
  if (target.is_device()) {
    replica* const below = in_host_memory(state, asked);
    return below == nullptr || must_be_there(*below, target, state) ? nullptr : below;
  }
  replica* unsure = nullptr;
  replica* gone = nullptr;
  for (replica& each : asked.replicas) {
    if (!each.where->is_device()) continue;
    if (asked.replicas.size() == 1) return &each;
    if (detail::has_failed(each.ready) || state.side(*each.where).loss() != nullptr)
      gone = &each;
    else if (detail::is_good(each.ready))
      return &each;
    else
      unsure = &each;
  }
  if (replica* const file = asked.in(state.on_disk())) return file;
  return unsure != nullptr ? unsure : gone;
}

// Its copy has failed, and the bytes are still elsewhere.
bool is_spoilt(replica const& copied) {
  auto const is_bad = [](replica const& each) {
    return each.ready && detail::has_failed(each.ready);
  };
  return copied.open == 0 && copied.of.replicas.size() > 1 && is_bad(copied) &&
         !std::ranges::all_of(copied.of.replicas, is_bad);
}

void drop_spoilt(store_lock& lock, store_state& state, stored_chunk& asked) {
  auto const any = [&] { return std::ranges::find_if(asked.replicas, is_spoilt); };
  for (auto each = any(); each != asked.replicas.end(); each = any()) state.drop(lock, *each);
}

// Pins what can be read now, or says what is needed.
read_attempt attempt(store_lock& lock, store_state& state, chunk const& source, pool& reach,
                     stream_ref stream, event& behind) {
  stored_chunk& asked = chunk_access::of(source);
  if (asked.failure) std::rethrow_exception(asked.failure);
  state.touch(lock, asked);
  if (asked.size == 0)
    return detail::store_access::make_reading(source, nullptr, reach.where, stream);
  auto const there = [&] {
    return reach.is_device() ? asked.in(reach) : in_host_memory(state, asked);
  };
  replica* found = there();
  // With none there, a bad one elsewhere would only be copied.
  if (found == nullptr || is_spoilt(*found)) {
    drop_spoilt(lock, state, asked);
    found = there();
  }
  if (found == nullptr) return next_step(state, asked, reach);
  if (!reach.is_device()) {
    if (!found->ready.is_done()) return needs_event{found->ready};
    found->ready = event();
    if (asked.written.is_done()) asked.written = event();
  }
  auto made = detail::store_access::make_reading(source, found, found->where->where, stream);
  ++found->open;
  behind = found->ready;
  return made;
}

event copy_into(store_state& state, detail::copy_source const& from, block& to, stream_ref stream) {
  if (to.home().is_device()) return detail::copy_up(state, from, to, stream);
  if (from.of.where->is_device())
    return detail::copy_down(state, from, to, wait_reason::stage_read);
  detail::read_back(state, from, to);
  return event();
}

}  // namespace

read_attempt object_store::try_read(chunk const& source, location reach, stream_ref stream) {
  if (!source) throw misuse("a reading of an empty chunk; make one with a writer");
  pool& wanted = shared_->at(reach);
  if (wanted.is_disk()) throw misuse("a reading on disk; read at the host or at a device");
  if (wanted.is_device() && (!stream || &stream.device() != &shared_->side(wanted).device))
    throw misuse("a reading in " + name_of(reach) + " memory needs a stream of that device");
  event behind;
  read_attempt result;
  {
    store_lock lock(*shared_);
    result = attempt(lock, *shared_, source, wanted, stream, behind);
  }
  if (behind) stream.wait(behind, wait_reason::input_written);
  return result;
}

event object_store::stage(chunk const& source, memory_request& target, stream_ref stream) {
  if (!source) throw misuse("an empty chunk was to be staged; make one with a writer");
  std::shared_ptr<stored_chunk> const asked = chunk_access::shared(source);
  if (!target.granted() || !target.node_->memory || target.size_bytes() < asked->size)
    throw misuse("stage() needs memory that was granted for stage_bytes() and not taken yet");
  std::list<replica> fresh;  // its memory must not go back under the mutex
  pool& home = target.node_->memory.home();
  fresh.emplace_back(*asked, home);
  fresh.front().memory = std::move(target.node_->memory);
  replica* from = nullptr;
  std::optional<detail::copy_source> reads;
  {
    store_lock lock(*shared_);
    if (asked->failure) std::rethrow_exception(asked->failure);
    shared_->touch(lock, *asked);
    if (!reached_through(*shared_, *asked, home)) from = source_for(*shared_, *asked, home);
    if (from == nullptr) return event();
    reads.emplace(*from, asked->size);
    ++from->open;
  }
  event done;
  try {
    done = copy_into(*shared_, *reads, fresh.front().memory, stream);
  } catch (...) {
    store_lock lock(*shared_);
    if (reads->never_over) from->users.set_never_over();
    shared_->unpin(lock, *from);
    throw;
  }
  store_lock lock(*shared_);
  from->users.add(done);
  shared_->unpin(lock, *from);
  fresh.front().ready = done;
  fresh.front().memory.last_users().add(done);
  if (done) fresh.front().filled_by = &shared_->side(home.is_device() ? home : *from->where).device;
  if (!reached_through(*shared_, *asked, home)) shared_->publish(lock, fresh);
  return done;
}

}  // namespace sluice
