// A worker's queue of ready work: the owner pushes and pops the newest, thieves steal the oldest.
//
//   Owner    items are the caller's. Rings that were outgrown live as long as the deque, for a
//            thief may still read them; together they are smaller than the one in use.
//   Threads  push() and pop(): one owner at a time, whose changes are ordered by a lock. The rest:
//            any thread, lock-free.
//   Errors   push() returns false when there is no memory to grow, and has done nothing.
//   Source   Chase, Lev: Dynamic circular work-stealing deque, SPAA 2005. Le, Pop, Cohen, Zappa
//            Nardelli: Correct and efficient work-stealing for weak memory models, PPoPP 2013; with
//            their fences replaced by orderings on the operations, which ThreadSanitizer models.
//
// Invariants. Items stand at positions [begin, end). `begin` only grows, by one compare-exchange,
// and whoever does it has the item at the old `begin`. Only the owner writes `end`. The owner takes
// the item at end - 1 without that exchange only when it stores the lowered `end` and then still
// reads begin < end: a thief that could take the same item has read a higher `begin` and after it
// the higher `end`, which the one order of all seq_cst operations forbids. A ring's cell is written
// again only when its old position is below `begin`, because push() grows a full ring instead.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace sluice::detail {

// `Atomic` is std::atomic, or the model checker's.
template <class T, template <class> class Atomic = std::atomic>
class work_deque {
 public:
  explicit work_deque(std::size_t capacity = 256) : ring_(new ring(capacity)) {
    newest_.reset(ring_.load(std::memory_order_relaxed));
  }
  work_deque(work_deque const&) = delete;
  work_deque& operator=(work_deque const&) = delete;

  // Owner. Visible to an empty() or steal() that comes later in the order of seq_cst operations.
  bool push(T& item) noexcept {
    std::int64_t const end = end_.load(std::memory_order_relaxed);
    std::int64_t const begin = begin_.load(std::memory_order_acquire);
    ring* cells = ring_.load(std::memory_order_relaxed);
    if (end - begin == cells->size()) {
      cells = grown(*cells, begin, end);
      if (cells == nullptr) return false;
    }
    cells->put(end, &item);
    end_.store(end + 1, std::memory_order_seq_cst);
    return true;
  }

  // Owner. The newest item, or null.
  T* pop() noexcept {
    std::int64_t const last = end_.load(std::memory_order_relaxed) - 1;
    if (last < begin_.load(std::memory_order_relaxed)) return nullptr;
    ring* const cells = ring_.load(std::memory_order_relaxed);
    end_.store(last, std::memory_order_seq_cst);
    std::int64_t begin = begin_.load(std::memory_order_seq_cst);
    if (begin < last) return cells->at(last);
    // At most one item is left, and thieves may be at it.
    T* item = begin == last ? cells->at(last) : nullptr;
    if (item != nullptr &&
        !begin_.compare_exchange_strong(begin, begin + 1, std::memory_order_seq_cst))
      item = nullptr;
    end_.store(last + 1, std::memory_order_release);
    return item;
  }

  // The oldest item; null only when there was a moment without one.
  T* steal() noexcept {
    for (;;) {
      std::int64_t begin = begin_.load(std::memory_order_seq_cst);
      std::int64_t const end = end_.load(std::memory_order_seq_cst);
      if (begin >= end) return nullptr;
      T* const item = ring_.load(std::memory_order_acquire)->at(begin);
      if (begin_.compare_exchange_strong(begin, begin + 1, std::memory_order_seq_cst)) return item;
    }
  }

  bool empty() const noexcept {
    return begin_.load(std::memory_order_seq_cst) >= end_.load(std::memory_order_seq_cst);
  }

  // Positions. Everything that stands below a position is gone once begin() has reached it.
  std::int64_t begin() const noexcept { return begin_.load(std::memory_order_relaxed); }
  std::int64_t end() const noexcept { return end_.load(std::memory_order_relaxed); }

 private:
  class ring {
   public:
    explicit ring(std::size_t size) : mask_(size - 1), cells_(new Atomic<T*>[size]) {}

    std::int64_t size() const noexcept { return static_cast<std::int64_t>(mask_ + 1); }
    T* at(std::int64_t position) const noexcept {
      return cells_[static_cast<std::size_t>(position) & mask_].load(std::memory_order_relaxed);
    }
    void put(std::int64_t position, T* item) noexcept {
      cells_[static_cast<std::size_t>(position) & mask_].store(item, std::memory_order_relaxed);
    }

    std::unique_ptr<ring> older;

   private:
    std::size_t const mask_;  // sizes are powers of two
    std::unique_ptr<Atomic<T*>[]> const cells_;
  };

  ring* grown(ring const& from, std::int64_t begin, std::int64_t end) noexcept {
    try {
      auto wider = std::make_unique<ring>(2 * static_cast<std::size_t>(from.size()));
      for (std::int64_t i = begin; i < end; ++i) wider->put(i, from.at(i));
      wider->older = std::move(newest_);
      newest_ = std::move(wider);
    } catch (std::bad_alloc const&) {
      return nullptr;
    }
    ring_.store(newest_.get(), std::memory_order_release);
    return newest_.get();
  }

  // Each on its own cache line: thieves write begin_, the owner end_.
  static constexpr std::size_t line_bytes = 64;
  alignas(line_bytes) Atomic<std::int64_t> begin_{0};
  alignas(line_bytes) Atomic<std::int64_t> end_{0};
  Atomic<ring*> ring_;
  std::unique_ptr<ring> newest_;
};

}  // namespace sluice::detail
