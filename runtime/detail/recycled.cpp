#include <sluice/runtime/detail/recycled.hpp>

#include <utility>

namespace sluice::detail {

thread_local constinit kept_memory* kept_memory::current_ = nullptr;

// Set apart from `current_`, which must have no destructor to be cheap to read.
struct kept_memory::holder {
  holder() { current_ = &mine; }
  ~holder() {
    current_ = nullptr;
    ended = true;
    for (list& each : mine.lists_)
      while (each.first != nullptr) ::operator delete(std::exchange(each.first, each.first->next));
  }

  kept_memory mine;
  static thread_local constinit bool ended;  // readable after the destructor ran
};

thread_local constinit bool kept_memory::holder::ended = false;

kept_memory* kept_memory::of_this_thread() noexcept {
  if (holder::ended) return nullptr;
  static thread_local holder held;
  return &held.mine;
}

}  // namespace sluice::detail
