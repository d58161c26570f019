#include <string>
#include <thread>

#include <sluice/store/detail/store_access.hpp>
#include <sluice/store/error.hpp>

namespace sluice {

namespace {

using phase = detail::waiting_request::phase;

void choose_pools(detail::store_state& state, std::span<location const> asked,
                  detail::waiting_request& request) {
  detail::pool* roomiest = nullptr;
  for (location const each : asked) {
    if (each.which() == tier::disk)
      throw misuse("memory was asked for on disk; only the store's spilling writes there");
    detail::pool& candidate = state.at(each);
    if (roomiest == nullptr || candidate.largest() > roomiest->largest()) roomiest = &candidate;
    if (request.bytes > candidate.largest()) continue;
    if (candidate.round(request.bytes) > candidate.largest()) continue;
    request.pools.push_back(&candidate);
  }
  if (roomiest == nullptr) throw misuse("memory was asked for in no pool at all; name one");
  if (request.pools.empty())
    throw object_too_large(roomiest->where, request.bytes, roomiest->largest());
}

}  // namespace

memory_request::memory_request(object_store& store, std::span<location const> pools,
                               std::size_t bytes, std::uint64_t age)
    : node_(std::make_unique<node>(store.shared_, *this, bytes)) {
  node_->key.age = age;
  choose_pools(*node_->state, pools, *node_);
}

memory_request::~memory_request() {
  if (node_->state->withdraw(*node_)) return;
  // Granted, and the granting thread may not be done with the node.
  while (!node_->announced.load(std::memory_order_acquire)) std::this_thread::yield();
}

bool memory_request::start(void (*wake)(void* who) noexcept, void* who) {
  node_->wake = wake;
  node_->who = who;
  return node_->state->start(*node_);
}

bool memory_request::withdraw() noexcept {
  return node_->state->withdraw(*node_);
}

bool memory_request::granted() const noexcept {
  return node_->announced.load(std::memory_order_acquire);
}

std::size_t memory_request::size_bytes() const noexcept {
  return node_->bytes;
}

std::uint64_t memory_request::age() const noexcept {
  return node_->key.age;
}

// Only the owner's thread gets here after the announcement, so no lock is needed.
detail::writer_base memory_request::take_writer(stream_ref stream) {
  if (!granted() || !node_->memory)
    throw misuse(
        "take_writer() of a memory_request that has nothing: wait until it is granted, "
        "and take once");
  detail::pool& home = node_->memory.home();
  if (home.is_device() && (!stream || &stream.device() != &node_->state->side(home).device))
    throw misuse("a writer in " + name_of(home.where) + " memory needs a stream of that device");
  return detail::store_access::make_writer(std::move(node_->memory), node_->bytes, stream);
}

}  // namespace sluice
