// What goes through the measured stream: chunks of numbers, made and judged on the host.
//
//   Units    words of four bytes.
//   Threads  any.
//
// What is measured is copies and kernels, so the host writes and reads only the ends of a chunk. To
// be sure of every byte there is a run that touches all of it, and is not measured.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::bench {

inline constexpr std::uint32_t scale_factor = 3;

enum class touch : std::uint8_t { ends, all };

struct chunk_shape {
  std::size_t words = 0;
  touch how = touch::ends;
};

inline std::uint32_t word_of(std::size_t chunk, std::size_t i) noexcept {
  return static_cast<std::uint32_t>(chunk * 1'000'003 + i);
}

inline void fill(std::span<std::uint32_t> words, std::size_t chunk, touch how) noexcept {
  std::size_t const step = how == touch::all ? 1 : words.size() - 1;
  for (std::size_t i = 0; i < words.size(); i += step) words[i] = word_of(chunk, i);
}

// Whether it came through the kernel as it should.
inline bool is_scaled(std::span<std::uint32_t const> words, std::size_t chunk, touch how) noexcept {
  std::size_t const step = how == touch::all ? 1 : words.size() - 1;
  bool right = true;
  for (std::size_t i = 0; i < words.size(); i += step)
    right = right && words[i] == word_of(chunk, i) * scale_factor;
  return right;
}

}  // namespace sluice::bench
