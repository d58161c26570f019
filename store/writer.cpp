#include <sluice/store/writer.hpp>

#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/store/detail/store_access.hpp>

namespace sluice::detail {

struct writer_base::open_state {
  open_state(std::shared_ptr<store_state> store, block taken, std::size_t size, stream_ref on)
      : state(std::move(store)), memory(std::move(taken)), bytes(size), stream(on) {}

  std::shared_ptr<store_state> const state;  // before the block, which needs it to the end
  block memory;
  std::size_t const bytes;
  stream_ref const stream;
};

namespace {

template <class State>
State& opened(std::unique_ptr<State> const& open) {
  if (open == nullptr) throw misuse("a writer was used after it was sealed, moved from or dropped");
  return *open;
}

}  // namespace

writer_base::writer_base() noexcept = default;
writer_base::writer_base(writer_base&& other) noexcept = default;

writer_base& writer_base::operator=(writer_base&& other) noexcept {
  if (this == &other) return *this;
  writer_base dropped(std::move(*this));
  open_ = std::move(other.open_);
  return *this;
}

writer_base::~writer_base() {
  if (open_ != nullptr) open_->memory.last_users().add(behind_all_of(open_->stream));
}

writer_base store_access::make_writer(block memory, std::size_t bytes, stream_ref stream) {
  writer_base made;
  auto state = memory.home().state.shared_from_this();
  // First what may be refused: open_on() forgets the last users, for the stream is behind them.
  made.open_ =
      std::make_unique<writer_base::open_state>(std::move(state), std::move(memory), bytes, stream);
  block& opened = made.open_->memory;
  opened.open_on(stream, bytes);
  if (on_host(stream) && !opened.home().is_device())
    made.open_->state->note_host(opened.memory(), bytes, true, "opens a writer");
  return made;
}

std::size_t writer_base::size_bytes() const noexcept {
  return open_ == nullptr ? 0 : open_->bytes;
}

location writer_base::where() const {
  return opened(open_).memory.home().where;
}

stream_ref writer_base::stream() const {
  return opened(open_).stream;
}

address writer_base::memory() const {
  return opened(open_).memory.memory();
}

std::byte* writer_base::host_memory() const {
  if (where().which() == tier::device)
    throw misuse("span() of a writer in " + name_of(where()) +
                 " memory: only kernels reach it; use view(), or ask for host memory");
  return reinterpret_cast<std::byte*>(memory().value());
}

// After a throw the writer is open: what the stream still does is waited for when it is dropped.
chunk writer_base::seal() && {
  open_state& sealing = opened(open_);
  if (on_host(sealing.stream) && !sealing.memory.home().is_device())
    sealing.state->note_host(sealing.memory.memory(), sealing.bytes, true, "seals a writer");
  event written = sealing.stream ? sealing.stream.record() : event();
  chunk sealed =
      sealing.state->add_chunk(std::move(sealing.memory), sealing.bytes, std::move(written));
  open_ = nullptr;
  return sealed;
}

}  // namespace sluice::detail
