// Where the pieces of one pool's memory come from.
//
//   Units    bytes.
//   Owner    a source owns its memory; pieces are given back before it goes.
//   Threads  one at a time, under the store's mutex.
//   Errors   take() answers with an empty piece when there is none of that size.

#pragma once

#include <cstddef>
#include <utility>

#include <sluice/cuda/driver.hpp>
#include <sluice/store/detail/event_set.hpp>

namespace sluice::detail {

struct arena_range;

// Move-only. `last_users` are to be waited for before the first use.
struct piece {
  piece() noexcept = default;
  piece(piece&& other) noexcept
      : memory(std::exchange(other.memory, address())),
        bytes(std::exchange(other.bytes, 0)),
        range(std::exchange(other.range, nullptr)),
        last_users(std::move(other.last_users)) {}
  piece& operator=(piece&& other) noexcept {
    memory = std::exchange(other.memory, address());
    bytes = std::exchange(other.bytes, 0);
    range = std::exchange(other.range, nullptr);
    last_users = std::move(other.last_users);
    return *this;
  }
  explicit operator bool() const noexcept { return static_cast<bool>(memory); }

  address memory;
  std::size_t bytes = 0;
  arena_range* range = nullptr;
  event_set last_users;
};

class memory_source {
 public:
  memory_source() = default;
  memory_source(memory_source const&) = delete;
  memory_source& operator=(memory_source const&) = delete;
  virtual ~memory_source() = default;

  // What really is allocated for so many bytes: the ledger counts this.
  virtual std::size_t round(std::size_t bytes) const noexcept = 0;
  // The largest piece there can ever be.
  virtual std::size_t largest() const noexcept = 0;
  // True: a piece may come back while devices still use it, and is handed on with their events.
  virtual bool in_stream_order() const noexcept = 0;

  virtual piece take(std::size_t rounded) noexcept = 0;
  virtual void give(piece freed) noexcept = 0;
  // Never to be used again: a device that was given up may still get there.
  virtual void leave(piece const& left) noexcept = 0;
  // Tells a simulated device that the next owner has ordered itself behind the last users.
  virtual void hand_over(piece const& given, std::size_t used_bytes,
                         stream_ref stream) noexcept = 0;
};

}  // namespace sluice::detail
