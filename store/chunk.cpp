#include <sluice/store/chunk.hpp>

#include <string>

#include <sluice/cuda/error.hpp>
#include <sluice/store/detail/store_state.hpp>
#include <sluice/store/detail/stored_chunk.hpp>

namespace sluice {

chunk chunk::slice(std::size_t offset, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset)
    throw misuse("a slice of " + std::to_string(bytes) + " bytes at offset " +
                 std::to_string(offset) + " of a chunk of " + std::to_string(size_) +
                 " bytes; a slice lies inside its chunk");
  chunk part = *this;
  part.offset_ += offset;
  part.size_ = bytes;
  return part;
}

namespace detail {

stored_chunk::stored_chunk(std::shared_ptr<store_state> store, std::size_t bytes,
                           std::uint64_t number)
    : state(std::move(store)), size(bytes), id(number) {}

stored_chunk::~stored_chunk() {
  store_lock lock(*state);
  while (!replicas.empty()) state->drop(lock, replicas.front());
}

replica* stored_chunk::in(pool const& where) noexcept {
  for (replica& each : replicas)
    if (each.where == &where) return &each;
  return nullptr;
}

void eviction_order::add(replica& each) {
  each.filed_at = each.of.last_used();
  each.filed_clean = each.of.replicas.size() > 1;
  (each.filed_clean ? clean_ : dirty_).emplace(each);
}

void eviction_order::remove(replica& each) noexcept {
  (each.filed_clean ? clean_ : dirty_).erase(key(each));
}

void eviction_order::refile(replica& each) noexcept {
  bool const clean = each.of.replicas.size() > 1;
  if (clean == each.filed_clean) return;
  auto node = (each.filed_clean ? clean_ : dirty_).extract(key(each));
  each.filed_clean = clean;
  (clean ? clean_ : dirty_).insert(std::move(node));
}

bool eviction_order::move_if_used(ages& order, ages::iterator& each) noexcept {
  replica& used = *each->of;
  if (used.of.last_used() == used.filed_at) return false;
  auto const next = std::next(each);
  auto node = order.extract(each);
  node.value().at = used.filed_at = used.of.last_used();
  each = order.insert(std::move(node)).position;
  if (next != order.end() && *next < *each) each = next;
  return true;
}

}  // namespace detail

}  // namespace sluice
