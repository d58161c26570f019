#include <sluice/store/reading.hpp>

#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/store/detail/store_access.hpp>

namespace sluice::detail {

struct reading_base::open_state {
  open_state(chunk read, replica* used, location in, stream_ref on)
      : source(std::move(read)), from(used), where(in), stream(on) {
    if (from != nullptr) memory = from->memory.memory() + chunk_access::offset(source);
  }

  chunk const source;
  replica* const from;  // none: no bytes
  location const where;
  stream_ref const stream;
  address memory;
};

namespace {

template <class State>
State& opened(std::unique_ptr<State> const& open) {
  if (open == nullptr) throw misuse("a reading was used after it was closed or moved from");
  return *open;
}

}  // namespace

reading_base::reading_base() noexcept = default;
reading_base::reading_base(reading_base&& other) noexcept = default;

reading_base& reading_base::operator=(reading_base&& other) noexcept {
  if (this == &other) return *this;
  close();
  open_ = std::move(other.open_);
  return *this;
}

reading_base::~reading_base() {
  close();
}

reading_base store_access::make_reading(chunk source, replica* from, location where,
                                        stream_ref stream) {
  reading_base made;
  made.open_ = std::make_unique<reading_base::open_state>(std::move(source), from, where, stream);
  if (from == nullptr) return made;
  ++from->of.state->open_readings;  // under the store's mutex
  if (!from->where->is_device())
    from->of.state->note_host(made.open_->memory, made.size_bytes(), false, "opens a reading");
  return made;
}

void reading_base::close() noexcept {
  if (open_ == nullptr) return;
  std::unique_ptr<open_state> const closing = std::move(open_);
  if (closing->from == nullptr) return;
  stream_end const behind = behind_all_of(closing->stream);
  stored_chunk& stored = chunk_access::of(closing->source);
  store_lock lock(*stored.state);
  stored.state->reading_closed(lock);
  if (stored.state->closed.load(std::memory_order_relaxed)) return;
  if (!closing->from->where->is_device())
    stored.state->note_host(closing->memory, closing->source.size_bytes(), false,
                            "closes a reading");
  closing->from->users.add(behind);
  stored.state->touch(lock, stored);
  stored.state->unpin(lock, *closing->from);
}

std::size_t reading_base::size_bytes() const noexcept {
  return open_ == nullptr ? 0 : open_->source.size_bytes();
}

location reading_base::where() const {
  return opened(open_).where;
}

chunk const& reading_base::source() const {
  return opened(open_).source;
}

address reading_base::memory() const {
  return opened(open_).memory;
}

std::byte const* reading_base::host_memory() const {
  if (where().which() == tier::device)
    throw misuse("span() of a reading in " + name_of(where()) +
                 " memory: only kernels reach it; use view(), or read at the host");
  return reinterpret_cast<std::byte const*>(memory().value());
}

}  // namespace sluice::detail
