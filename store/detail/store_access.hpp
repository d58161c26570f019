// The parts of the store that its public classes share, and what makes writers and readings.

#pragma once

#include <sluice/store/detail/request_queue.hpp>
#include <sluice/store/detail/store_state.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice {

struct object_store::shared final : detail::store_state {
  using detail::store_state::store_state;
};

struct memory_request::node final : detail::waiting_request {
  using detail::waiting_request::waiting_request;
};

namespace detail {

struct store_access {
  static store_state& state_of(object_store& of) noexcept { return *of.shared_; }
  // Orders `stream` behind the last users of `memory`.
  static writer_base make_writer(block memory, std::size_t bytes, stream_ref stream);
  // Of a replica that is counted as open, or of none for a chunk without bytes.
  static reading_base make_reading(chunk source, replica* from, location where, stream_ref stream);
};

// An empty stream is the host's, as a host driver's is.
inline bool on_host(stream_ref stream) noexcept {
  return !stream || stream.runs_on_host();
}

}  // namespace detail

}  // namespace sluice
