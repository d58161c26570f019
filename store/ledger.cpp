#include <sluice/store/ledger.hpp>

#include <algorithm>
#include <string>

#include <sluice/cuda/error.hpp>

namespace sluice {

// Orderings are relaxed throughout: the account orders nothing but itself. Memory is handed on
// under the store's mutex.

reservation& reservation::operator=(reservation&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  from_ = std::exchange(other.from_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void reservation::give_back() noexcept {
  if (from_ != nullptr) from_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
  from_ = nullptr;
  bytes_ = 0;
}

reservation reservation::split(std::size_t bytes) {
  if (bytes > bytes_)
    throw misuse("a reservation of " + std::to_string(bytes_) + " bytes has no part of " +
                 std::to_string(bytes) + "; ask the ledger for more");
  bytes_ -= bytes;
  return reservation(from_, bytes);
}

std::size_t ledger::free_bytes() const noexcept {
  return limit_ - used_.load(std::memory_order_relaxed);
}

std::optional<reservation> ledger::try_reserve(std::size_t bytes) noexcept {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ - used) return std::nullopt;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < used + bytes &&
         !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {
  }
  return reservation(this, bytes);
}

pool_figures ledger::figures() const noexcept {
  pool_figures now;
  now.limit_bytes = limit_;
  now.used_bytes = used_.load(std::memory_order_relaxed);
  // A reservation may be counted in `used` a moment before it is in `peak`.
  now.peak_bytes = std::max(now.used_bytes, peak_.load(std::memory_order_relaxed));
  return now;
}

}  // namespace sluice
