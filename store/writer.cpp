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
  memory.open_on(stream, bytes);
  if (on_host(stream) && !memory.home().is_device())
    state->note_host(memory.memory(), bytes, true, "opens a writer");
  made.open_ =
      std::make_unique<writer_base::open_state>(std::move(state), std::move(memory), bytes, stream);
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

chunk writer_base::seal() && {
  open_state const& sealing = opened(open_);
  if (on_host(sealing.stream) && !sealing.memory.home().is_device())
    sealing.state->note_host(sealing.memory.memory(), sealing.bytes, true, "seals a writer");
  event written = opened(open_).stream ? open_->stream.record() : event();
  std::unique_ptr<open_state> const sealed = std::move(open_);
  return sealed->state->add_chunk(std::move(sealed->memory), sealed->bytes, std::move(written));
}

}  // namespace sluice::detail
