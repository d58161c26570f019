// Where a waiter stands between asking to be woken and being woken, in one word: no wake is lost,
// and exactly one of them runs the waiter again.
//
//   Units    a token numbers the waits of one waiter; a wake for an earlier wait does nothing.
//   Threads  begin(), suspend() and go_on() by the waiter only; the rest by any.
//   Flow     begin() -> hand the token out -> suspend(), or go_on() if there is nothing to wait for
//
// A wake that meets `arming` leaves the waiter running, whose suspend() then fails. It looks again
// when the waiter got from there to `suspended` under its hands.

#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::detail {

// `Atomic` is std::atomic, or the model checker's.
template <template <class> class Atomic>
class basic_wait_state {
 public:
  // A new wait: from here on wakes for the token that it returns count.
  std::uint64_t begin() noexcept {
    std::uint64_t const token = this->token() + 1;
    word_.store(word(token, arming), std::memory_order_seq_cst);
    return token;
  }
  // True: the waiter is whoever's that wakes it, from this moment. False: a wake came before.
  bool suspend(std::uint64_t token) noexcept { return replace(token, arming, suspended); }
  void go_on() noexcept { word_.store(word(token(), active), std::memory_order_seq_cst); }

  // True: the wait is over by this call, and the caller runs the waiter.
  bool wake(std::uint64_t token) noexcept {
    for (;;) {
      if (replace(token, suspended, active)) return true;
      if (replace(token, arming, active)) return false;
      if (!is_suspended(token)) return false;
    }
  }

  std::uint64_t token() const noexcept { return now() >> 2; }
  bool is_suspended(std::uint64_t token) const noexcept { return now() == word(token, suspended); }
  // The token of the wait that goes on; 0 when the waiter is not suspended.
  std::uint64_t suspended_token() const noexcept {
    std::uint64_t const seen = now();
    return (seen & 3) == suspended ? seen >> 2 : 0;
  }
  // Ends the wait that goes on or begins, whichever it is. True: as wake().
  bool wake_any() noexcept {
    std::uint64_t const seen = now();
    return (seen & 3) != active && wake(seen >> 2);
  }

 private:
  enum stand : std::uint64_t { active = 0, arming = 1, suspended = 2 };

  static std::uint64_t word(std::uint64_t token, stand at) noexcept { return (token << 2) | at; }
  std::uint64_t now() const noexcept { return word_.load(std::memory_order_seq_cst); }
  bool replace(std::uint64_t token, stand from, stand to) noexcept {
    std::uint64_t expected = word(token, from);
    return word_.compare_exchange_strong(expected, word(token, to), std::memory_order_seq_cst);
  }

  Atomic<std::uint64_t> word_{active};
};

using wait_state = basic_wait_state<std::atomic>;

}  // namespace sluice::detail
