// A piece of one pool's memory with its entry in the ledger.
//
//   Owner    move-only. Dropping it gives both back, behind `last_users`; that takes the store's
//            mutex, so under the mutex blocks are given to store_state::give_back() instead.
//   Threads  one at a time.

#pragma once

#include <cstddef>
#include <utility>

#include <sluice/store/detail/memory_source.hpp>
#include <sluice/store/ledger.hpp>

namespace sluice::detail {

struct pool;

class block {
 public:
  block() noexcept = default;
  block(pool& home, piece memory, reservation charge) noexcept
      : home_(&home), piece_(std::move(memory)), charge_(std::move(charge)) {}
  block(block&& other) noexcept
      : home_(std::exchange(other.home_, nullptr)),
        piece_(std::move(other.piece_)),
        charge_(std::move(other.charge_)) {}
  block& operator=(block&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    home_ = std::exchange(other.home_, nullptr);
    piece_ = std::move(other.piece_);
    charge_ = std::move(other.charge_);
    return *this;
  }
  ~block() { give_back(); }

  explicit operator bool() const noexcept { return home_ != nullptr; }
  pool& home() const noexcept { return *home_; }
  address memory() const noexcept { return piece_.memory; }
  std::size_t size() const noexcept { return piece_.bytes; }  // what is charged
  event_set& last_users() noexcept { return piece_.last_users; }

  // Orders `stream` behind the last users, who are forgotten only once something is recorded
  // behind that. For the host, an empty stream, they are over. `used_bytes` of it will be written.
  void open_on(stream_ref stream, std::size_t used_bytes);

 private:
  friend class store_state;
  void give_back() noexcept;

  pool* home_ = nullptr;
  piece piece_;
  reservation charge_;
};

}  // namespace sluice::detail
