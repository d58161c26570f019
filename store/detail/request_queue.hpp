// The requests that wait for memory, oldest first.
//
//   Owner    requests own themselves; the queue only refers to them.
//   Threads  under the store's mutex; `announced` may be read by anybody.

#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <sluice/store/detail/block.hpp>

namespace sluice {
class memory_request;
}

namespace sluice::detail {

class store_state;

struct request_key {
  std::uint64_t age = 0;
  std::uint64_t sequence = 0;  // equal ages: first come, first served
  friend auto operator<=>(request_key const&, request_key const&) = default;
};

struct waiting_request {
  enum class phase : std::uint8_t { made, waiting, granted, finished };

  waiting_request(std::shared_ptr<store_state> store, memory_request& request, std::size_t size)
      : state(std::move(store)), owner(request), bytes(size) {}

  // Fixed once it waits.
  std::shared_ptr<store_state> const state;
  memory_request& owner;
  std::size_t const bytes;
  std::vector<pool*> pools;  // those that can ever hold it, in order of preference
  request_key key;
  void (*wake)(void*) noexcept = nullptr;
  void* who = nullptr;

  // Set by the granting thread as the last thing it does with this.
  std::atomic<bool> announced{false};

  // Guarded by the store's mutex.
  phase now = phase::made;
  block memory;
  waiting_request* next_granted = nullptr;
};

struct older {
  bool operator()(waiting_request const* a, waiting_request const* b) const noexcept {
    return a->key < b->key;
  }
};
using request_queue = std::set<waiting_request*, older>;

}  // namespace sluice::detail
