// Decides, in one load, whether who makes work must wake a thread for it: no wakeup is lost, and
// none is paid for while somebody is looking for work anyway.
//
//   Threads  any. free and searching live in one word, so each step is one atomic operation.
//   Flow     submit: make the work visible, must_wake() -> wake. Idle thread: retire(), look once
//            more, sleep. Thread that found something: end_search(), if true look and wake another.
//
// Why none is lost. Making work visible, must_wake(), retire() and the last look at the queues are
// seq_cst, so they have one order. If must_wake() comes before a thread's retire(), that thread's
// last look comes after the work became visible, and finds it. If it comes after, it sees the free
// slot and says yes, unless a third thread is still searching; then the same holds for that one's
// own retire() or end_search(), after which it looks, too.

#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::detail {

// `Atomic` is std::atomic, or the model checker's.
template <template <class> class Atomic>
class basic_event_count {
 public:
  explicit basic_event_count(std::uint32_t free_slots) noexcept : word_(free_slots) {}

  // After work was made visible.
  bool must_wake() const noexcept {
    std::uint64_t const word = word_.load(std::memory_order_seq_cst);
    return free_in(word) > 0 && searching_in(word) == 0;
  }

  bool any_free() const noexcept { return free_in(word_.load(std::memory_order_seq_cst)) > 0; }

  // A slot without a thread comes back. Afterwards the caller looks at all queues once more.
  void retire(bool searching) noexcept {
    word_.fetch_add(searching ? one_free - one_search : one_free, std::memory_order_seq_cst);
  }
  // A free slot gets a thread.
  void enlist(bool searching) noexcept {
    word_.fetch_add(searching ? one_search - one_free : 0 - one_free, std::memory_order_seq_cst);
  }

  // False when as many are at it as may help: half of `slots`, one at least.
  bool begin_search(std::uint32_t slots) noexcept {
    std::uint64_t const word = word_.load(std::memory_order_relaxed);
    if (searching_in(word) > 0 && 2 * searching_in(word) >= slots) return false;
    word_.fetch_add(one_search, std::memory_order_seq_cst);
    return true;
  }
  // True when this was the last one and slots are free: the caller looks whether there is more.
  bool end_search() noexcept {
    std::uint64_t const before = word_.fetch_sub(one_search, std::memory_order_seq_cst);
    return searching_in(before) == 1 && free_in(before) > 0;
  }

 private:
  static constexpr std::uint64_t one_free = 1;
  static constexpr std::uint64_t one_search = std::uint64_t{1} << 32;
  static std::uint64_t free_in(std::uint64_t word) noexcept { return word & (one_search - 1); }
  static std::uint64_t searching_in(std::uint64_t word) noexcept { return word >> 32; }

  Atomic<std::uint64_t> word_;
};

using event_count = basic_event_count<std::atomic>;

}  // namespace sluice::detail
