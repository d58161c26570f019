// How far a streaming producer may run ahead of its consumers.
//
//   Units    live objects (yielded, not yet freed, taken or not) and their bytes.
//   Owner    a value.

#pragma once

#include <cstddef>

namespace sluice {

class window {
 public:
  constexpr window(std::size_t objects, std::size_t bytes) noexcept
      : objects_(objects), bytes_(bytes) {}

  constexpr std::size_t objects() const noexcept { return objects_; }
  constexpr std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t objects_;
  std::size_t bytes_;
};

// Enough to keep a producer and a consumer busy, little enough to stay in caches and budgets.
inline constexpr window default_window{8, std::size_t{64} << 20};

}  // namespace sluice
