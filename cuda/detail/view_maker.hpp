// Makes views of memory whose life and order the caller answers for. For the store, whose writers
// and readings do answer, and for tests of the rooms below it.

#pragma once

#include <cstddef>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/view.hpp>

namespace sluice {

struct view_maker {
  template <class V>
  static V make(address memory, std::size_t size) noexcept {
    using element = typename V::value_type;
    return V(view_key(), reinterpret_cast<element*>(memory.value()), size);
  }
};

}  // namespace sluice
