// One pool of memory and all that is known about it.
//
//   Owner    the store. It outlives every block and reservation of the pool.
//   Threads  under the store's mutex; the account may be read by anybody.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <sluice/store/detail/block.hpp>
#include <sluice/store/detail/memory_source.hpp>
#include <sluice/store/detail/request_queue.hpp>
#include <sluice/store/detail/stored_chunk.hpp>
#include <sluice/store/ledger.hpp>

namespace sluice::detail {

struct pool {
  pool(store_state& store, std::size_t number, location pool_location, std::size_t limit_bytes)
      : state(store), index(number), where(pool_location), account(pool_location, limit_bytes) {}

  bool is_device() const noexcept { return where.which() == tier::device; }
  bool is_disk() const noexcept { return where.which() == tier::disk; }
  std::uint64_t bit() const noexcept { return std::uint64_t{1} << index; }

  // What is charged for so many bytes, and the most that one chunk may ever be charged.
  std::size_t round(std::size_t bytes) const noexcept;
  std::size_t largest() const noexcept;

  store_state& state;
  std::size_t const index;
  location const where;
  ledger account;
  std::unique_ptr<memory_source> memory;  // none for the disk

  eviction_order order;        // of the replicas here
  std::vector<block> leaving;  // freed, but a device still uses them: charged until it is done
  unsigned waiting = 0;        // requests in the queue that accept this pool
  // The spiller makes room here for a request: younger ones do not get it.
  std::optional<request_key> claim;
};

}  // namespace sluice::detail
