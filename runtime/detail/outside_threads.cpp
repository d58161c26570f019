#include <sluice/runtime/detail/outside_threads.hpp>

#include <algorithm>
#include <vector>

namespace sluice::detail {

// A weak pointer keeps the address of a closed home from being used again, so comparing addresses
// is enough to know a home.
struct outside_threads::memberships {
  struct entry {
    outside_threads const* address;
    std::weak_ptr<outside_threads> home;
  };

  ~memberships() {
    ended = true;
    for (entry const& each : entries)
      if (auto const home = each.home.lock()) home->leave();
  }

  bool has(outside_threads const* home) const noexcept {
    return std::any_of(entries.begin(), entries.end(),
                       [home](entry const& each) { return each.address == home; });
  }

  std::vector<entry> entries;
  // Readable after the destructor ran: other thread_local objects may still use an executor.
  static thread_local constinit bool ended;
};

thread_local constinit bool outside_threads::memberships::ended = false;

void outside_threads::enter() {
  if (memberships::ended) return;
  static thread_local memberships mine;
  if (!mine.entries.empty() && mine.entries.front().address == this) return;
  if (mine.has(this)) return;
  std::erase_if(mine.entries, [](auto const& each) { return each.home.expired(); });
  mine.entries.push_back({this, weak_from_this()});
  count_.fetch_add(1, std::memory_order_seq_cst);
}

void outside_threads::leave() noexcept {
  std::lock_guard const lock(mutex_);
  count_.fetch_sub(1, std::memory_order_seq_cst);
  if (left_) left_();
}

void outside_threads::close() noexcept {
  std::lock_guard const lock(mutex_);
  left_ = nullptr;
}

}  // namespace sluice::detail
