// The exact account of one pool: what is allocated and what is granted never exceed its limit.
//
//   Units    bytes.
//   Owner    the ledger outlives its reservations. A reservation is given back when it is dropped.
//   Threads  any, without a lock.
//   Errors   none: what does not fit is refused.

#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

#include <sluice/store/tier.hpp>

namespace sluice {

// Figures of one pool, exact at the moment of the call.
struct pool_figures {
  std::size_t limit_bytes = 0;
  std::size_t used_bytes = 0;
  std::size_t peak_bytes = 0;
};

class ledger;

// The right to some bytes of a pool.
class reservation {
 public:
  reservation() noexcept = default;
  reservation(reservation&& other) noexcept
      : from_(std::exchange(other.from_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  reservation& operator=(reservation&& other) noexcept;
  ~reservation() { give_back(); }

  std::size_t bytes() const noexcept { return bytes_; }
  void give_back() noexcept;
  // Takes a part out. misuse when there is less.
  reservation split(std::size_t bytes);
  // It stays counted as long as the ledger.
  void keep_for_ever() noexcept {
    from_ = nullptr;
    bytes_ = 0;
  }

 private:
  friend class ledger;
  reservation(ledger* from, std::size_t bytes) noexcept : from_(from), bytes_(bytes) {}

  ledger* from_ = nullptr;
  std::size_t bytes_ = 0;
};

class ledger {
 public:
  ledger(location pool, std::size_t limit_bytes) noexcept : pool_(pool), limit_(limit_bytes) {}
  ledger(ledger const&) = delete;
  ledger& operator=(ledger const&) = delete;

  location pool() const noexcept { return pool_; }
  std::size_t limit_bytes() const noexcept { return limit_; }
  std::size_t free_bytes() const noexcept;

  // All of it or nothing.
  std::optional<reservation> try_reserve(std::size_t bytes) noexcept;
  pool_figures figures() const noexcept;

 private:
  friend class reservation;

  location const pool_;
  std::size_t const limit_;

  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> peak_{0};
};

}  // namespace sluice
