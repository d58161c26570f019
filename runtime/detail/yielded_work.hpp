// The work of a device behind one yield: what writes the value, and all that was given before it
// went on. What fails between the two, such as the device itself, no value carries.
//
//   Owner    events only; the value and its bytes may go before.
//   Threads  one at a time.
//   Streams  the task's, but for what its value shares with others.
//   Errors   is_done() throws what hit the work.

#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/parts.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

class yielded_work {
 public:
  template <class T>
  yielded_work(object_store const& store, T const& value) {
    if constexpr (std::is_same_v<T, chunk>)
      note(store, value);
    else if constexpr (lists_chunks<T>)
      for (chunk const& part : value.chunks()) note(store, part);
  }
  void ends_at(event last) noexcept { last_ = std::move(last); }

  event const& last() const noexcept { return last_; }
  bool is_done() const { return last_.is_done(); }
  // Whether who asks for the value meets an error.
  bool has_hit_value() const noexcept {
    return hit_ || std::ranges::any_of(writes_, [](event const& each) { return failed(each); });
  }

 private:
  void note(object_store const& store, chunk const& part) {
    if (part.size_bytes() == 0) return;  // a reading of nothing asks nobody
    try {
      if (event write = store.written(part)) writes_.push_back(std::move(write));
    } catch (error const&) {
      hit_ = true;
    }
  }
  static bool failed(event const& write) noexcept {
    try {
      write.is_done();
    } catch (error const&) {
      return true;
    }
    return false;
  }

  std::vector<event> writes_;
  event last_;
  bool hit_ = false;  // before it was yielded
};

}  // namespace sluice::detail
