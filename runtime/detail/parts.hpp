// Values that consist of chunks: how many bytes they stand for, and that their chunks belong
// together.
//
// A struct lists its chunks by a member function `chunks()` that returns an array, vector or span
// of chunk. Its chunks then move through the tiers together.

#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <sluice/runtime/detail/task_counters.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

template <class T>
concept lists_chunks = requires(T const& value) {
  { *std::begin(value.chunks()) } -> std::convertible_to<chunk const&>;
};

// The bytes that a value stands for; binds its chunks together.
template <class T>
std::size_t freeze(object_store& store, T const& value) {
  if constexpr (std::is_same_v<T, chunk>) {
    return value.size_bytes();
  } else if constexpr (lists_chunks<T>) {
    auto const listed = value.chunks();
    std::vector<chunk> parts(std::begin(listed), std::end(listed));
    std::erase_if(parts, [](chunk const& part) { return !part; });
    std::size_t bytes = sizeof(T);
    for (chunk const& part : parts) bytes += part.size_bytes();
    if (parts.size() > 1) store.bind(parts);
    return bytes;
  } else {
    return sizeof(T);
  }
}

inline void count_value(task_counters& counters, std::size_t bytes) noexcept {
  counters.values.fetch_add(1, std::memory_order_relaxed);
  counters.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace sluice::detail
