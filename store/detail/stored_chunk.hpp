// A chunk as the store knows it: its replicas, at most one per pool, and who uses them.
//
//   Owner    counted by chunks, slices, readings and whoever moves it. The last one gives its
//            memory back behind the events of its readers.
//   Threads  fields below "guarded" belong to the store's mutex; bytes never change.
//   Streams  `ready` is behind the write of a replica's bytes, `users` are behind its readers.

#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <set>
#include <vector>

#include <sluice/store/chunk.hpp>
#include <sluice/store/detail/block.hpp>
#include <sluice/store/detail/spill_space.hpp>

namespace sluice::detail {

class store_state;
class store_lock;
struct stored_chunk;

struct replica {
  replica(stored_chunk& chunk, pool& in) noexcept : of(chunk), where(&in) {}

  stored_chunk& of;
  pool* const where;
  block memory;           // none on disk
  spilled_bytes on_disk;  // none in memory

  event ready;
  driver const* filled_by = nullptr;  // whose event `ready` is
  event_set users;                    // of closed readings and of copies out of it
  unsigned open = 0;                  // readings, and copies that are being enqueued or done

  // Where the eviction order has it.
  std::uint64_t filed_at = 0;
  bool filed_clean = false;
};

// Chunks that leave a tier together. A use of one is a use of all.
struct chunk_group {
  std::vector<std::weak_ptr<stored_chunk>> members;
  std::uint64_t last_use = 0;
};

struct stored_chunk : std::enable_shared_from_this<stored_chunk> {
  stored_chunk(std::shared_ptr<store_state> store, std::size_t bytes, std::uint64_t number);
  ~stored_chunk();
  stored_chunk(stored_chunk const&) = delete;
  stored_chunk& operator=(stored_chunk const&) = delete;

  replica* in(pool const& where) noexcept;
  std::uint64_t last_used() const noexcept { return group != nullptr ? group->last_use : last_use; }

  std::shared_ptr<store_state> const state;
  std::size_t const size;
  std::uint64_t const id;

  // Guarded by the store's mutex.
  std::list<replica> replicas;
  std::uint64_t last_use = 0;
  event written;               // empty when known to be complete
  std::exception_ptr failure;  // what hit the write, once the bytes were given up for it
  std::shared_ptr<chunk_group> group;
};

// The replicas of one pool by age. "Clean" ones can be dropped: there is another replica.
class eviction_order {
 public:
  void add(replica& each);
  void remove(replica& each) noexcept;
  void refile(replica& each) noexcept;  // after it became clean or stopped to be

  // The least recently used one that `wanted` accepts, or null.
  template <class Wanted>
  replica* oldest(bool clean, Wanted wanted) {
    auto& order = clean ? clean_ : dirty_;
    for (auto each = order.begin(); each != order.end();) {
      replica& candidate = *each->of;
      if (move_if_used(order, each)) continue;
      if (wanted(candidate)) return &candidate;
      ++each;
    }
    return nullptr;
  }
  template <class Look>
  void each(Look look) const {
    for (auto const* const order : {&clean_, &dirty_})
      for (key const& filed : *order) look(*filed.of);
  }
  replica* first() noexcept {
    for (auto* const order : {&clean_, &dirty_})
      if (!order->empty()) return order->begin()->of;
    return nullptr;
  }

 private:
  struct key {
    explicit key(replica& each) noexcept : at(each.filed_at), id(each.of.id), of(&each) {}
    friend bool operator<(key const& a, key const& b) noexcept {
      return a.at != b.at ? a.at < b.at : a.id < b.id;
    }
    std::uint64_t at;
    std::uint64_t id;  // never an address: the order is the same in every run
    replica* of;
  };
  using ages = std::set<key>;

  // Using a chunk does not touch the order; what was used since is moved when it is met. Ages only
  // grow, so what is met unmoved is the oldest.
  bool move_if_used(ages& order, ages::iterator& each) noexcept;

  ages clean_;
  ages dirty_;
};

struct chunk_access {
  static stored_chunk& of(chunk const& handle) noexcept { return *handle.stored_; }
  static std::shared_ptr<stored_chunk> const& shared(chunk const& handle) noexcept {
    return handle.stored_;
  }
  static std::size_t offset(chunk const& handle) noexcept { return handle.offset_; }
  static chunk whole(std::shared_ptr<stored_chunk> stored) noexcept {
    chunk handle;
    handle.size_ = stored->size;
    handle.stored_ = std::move(stored);
    return handle;
  }
};

}  // namespace sluice::detail
