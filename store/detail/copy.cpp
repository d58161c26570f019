#include <sluice/store/detail/copy.hpp>

#include <cstring>

namespace sluice::detail {

namespace {

event enqueue(stream_ref on, copy_source const& from, block& to, copy_direction direction,
              wait_reason reason) {
  bool given = false;
  try {
    to.open_on(on, from.bytes);
    on.wait(from.ready, reason);
    on.copy(to.memory(), from.of.memory.memory(), from.bytes, direction);
    given = true;
    return on.record();
  } catch (...) {
    // Without an event nobody could wait for a copy that was given, nor for the last users.
    if (!drain_quietly(on)) {
      to.last_users().set_never_over();
      from.never_over = given;
    }
    throw;
  }
}

event enqueue_beside(copy_lanes& lanes, copy_source const& from, block& to,
                     copy_direction direction, wait_reason reason) {
  copy_lanes::lane lane(lanes);
  event done = enqueue(lane.ref(), from, to, direction, reason);
  lane.gave(done);
  return done;
}

std::byte* host_bytes(address at) {
  return reinterpret_cast<std::byte*>(at.value());
}

}  // namespace

event copy_up(store_state& state, copy_source const& from, block& to, stream_ref stream) {
  device_side& side = state.side(to.home());
  bool const beside = from.bytes > small_copy_bytes || !stream || &stream.device() != &side.device;
  if (!beside)
    return enqueue(stream, from, to, copy_direction::host_to_device, wait_reason::stage_read);
  return enqueue_beside(side.up, from, to, copy_direction::host_to_device, wait_reason::stage_read);
}

event copy_down(store_state& state, copy_source const& from, block& to, wait_reason reason) {
  return enqueue_beside(state.side(*from.of.where).down, from, to, copy_direction::device_to_host,
                        reason);
}

void copy_across(store_state const& state, copy_source const& from, block& to) {
  to.open_on(stream_ref(), from.bytes);
  state.note_host(from.of.memory.memory(), from.bytes, false, "copies between host memories");
  state.note_host(to.memory(), from.bytes, true, "copies between host memories");
  std::memcpy(host_bytes(to.memory()), host_bytes(from.of.memory.memory()), from.bytes);
}

void read_back(store_state& state, copy_source const& from, block& to) {
  to.open_on(stream_ref(), from.bytes);
  state.note_host(to.memory(), from.bytes, true, "reads back from disk");
  from.of.on_disk.read({host_bytes(to.memory()), from.bytes});
  state.restored_bytes.fetch_add(from.bytes, std::memory_order_relaxed);
}

}  // namespace sluice::detail
