// Memory of what comes and goes with every task and item (records, cells, frames), kept by the
// thread that gave it back for its next ones: a warm runtime asks the system for none.
//
//   Units    bytes; blocks of one size class each.
//   Owner    a thread owns what it has kept, at most `kept_max` blocks of each class, until it
//            ends.
//   Threads  any; a block may be given back by another thread than the one that took it.
//   Errors   take() may throw bad_alloc.
//
// Under a sanitizer nothing is kept: it could not tell an old object's memory from a new one's.

#pragma once

#include <array>
#include <cstddef>
#include <new>

#include <sluice/runtime/detail/sanitized.hpp>

namespace sluice::detail {

class kept_memory {
 public:
  static void* take(std::size_t bytes) {
    std::size_t const at = class_of(bytes);
    kept_memory* const mine = current_;
    if (mine != nullptr && at < classes && mine->lists_[at].first != nullptr) {
      list& from = mine->lists_[at];
      block* const first = from.first;
      from.first = first->next;
      --from.count;
      return first;
    }
    return ::operator new(at < classes ? (at + 1) * class_bytes : bytes);
  }

  static void give_back(void* memory, std::size_t bytes) noexcept {
    std::size_t const at = class_of(bytes);
    kept_memory* mine = current_;
    if (at < classes && !sanitized) {
      if (mine == nullptr) mine = of_this_thread();
      if (mine != nullptr && mine->lists_[at].count < kept_max) {
        list& to = mine->lists_[at];
        to.first = ::new (memory) block{to.first};
        ++to.count;
        return;
      }
    }
    ::operator delete(memory);
  }

 private:
  static constexpr std::size_t class_bytes = 64;
  static constexpr std::size_t classes = 12;
  static constexpr std::size_t kept_max = 64;

  struct block {
    block* next;
  };
  struct list {
    block* first = nullptr;
    std::size_t count = 0;
  };
  struct holder;

  static std::size_t class_of(std::size_t bytes) noexcept { return (bytes - 1) / class_bytes; }
  static kept_memory* of_this_thread() noexcept;  // null once the thread is ending

  std::array<list, classes> lists_{};

  static thread_local constinit kept_memory* current_;
};

// Base of what is made by `new` and deleted through its own type or a virtual destructor.
struct recycled {
  static void* operator new(std::size_t bytes) { return kept_memory::take(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    kept_memory::give_back(memory, bytes);
  }
  // Values of a stricter alignment than usual.
  static void* operator new(std::size_t bytes, std::align_val_t to) {
    return ::operator new(bytes, to);
  }
  static void operator delete(void* memory, std::size_t bytes, std::align_val_t to) noexcept {
    ::operator delete(memory, bytes, to);
  }
};

}  // namespace sluice::detail
