// Random numbers that are the same for a seed on every machine and compiler.
//
//   Threads  one at a time.
//   Source   SplitMix64 (Steele, Lea, Flood 2014).

#pragma once

#include <cstdint>

namespace sluice::detail {

// Spreads the bits of a number; also the step of the generator below.
inline std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

class seeded_random {
 public:
  explicit seeded_random(std::uint64_t seed) noexcept : state_(mixed(seed)) {}

  std::uint64_t next() noexcept { return mixed(state_ += 0x9e3779b97f4a7c15u); }
  // 0 .. count - 1; the bias of % does not matter for counts this small.
  std::uint64_t below(std::uint64_t count) noexcept { return next() % count; }

 private:
  std::uint64_t state_;
};

}  // namespace sluice::detail
