// The kinds of memory a chunk can be in, and one pool of such memory.
//
//   Owner    values.
//   Threads  any.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// Order is preference: nearest to the kernels first.
enum class tier : std::uint8_t { device, pinned, host, disk };
inline constexpr std::array all_tiers{tier::device, tier::pinned, tier::host, tier::disk};
static_assert(all_tiers.front() < all_tiers.back(), "order is preference");

std::string_view name_of(tier which) noexcept;

// One pool: a tier, and for tier::device the device's number.
class location {
 public:
  constexpr explicit location(tier which, int device = 0) noexcept
      : tier_(which), device_(device) {}

  constexpr tier which() const noexcept { return tier_; }
  constexpr int device() const noexcept { return device_; }
  friend constexpr bool operator==(location, location) = default;

 private:
  tier tier_;
  int device_;
};

std::string name_of(location where);  // "host", "device 0"

}  // namespace sluice
