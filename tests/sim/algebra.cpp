#include <sim/algebra.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::test::sim {

blob filled(std::size_t n, std::uint32_t k) {
  blob made(n);
  for (std::size_t i = 0; i < n; ++i)
    made[i] = static_cast<std::uint8_t>(((std::uint64_t{k} + i) * 0x9E3779B97F4A7C15U) >> 56U);
  return made;
}

blob little_endian(std::uint64_t value, std::size_t size) {
  blob made(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return made;
}

blob rotated(blob const& a, std::size_t by) {
  blob made(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) made[i] = a[(i + by) % a.size()];
  return made;
}

std::uint64_t total(blob const& a) {
  std::uint64_t sum = 0;
  for (std::uint8_t const each : a) sum += each;
  return sum;
}

blob apply(action const& one, blob const& a, blob const& b) {
  blob made = a;
  std::size_t const first = std::min<std::size_t>(one.k, a.size());
  switch (one.how) {
    case op::fill:
      return filled(one.n, one.k);
    case op::count:
      made.clear();
      for (std::uint32_t i = 0; i < one.n / 4; ++i)
        for (std::uint8_t const each : little_endian(one.k + i, 4)) made.push_back(each);
      return made;
    case op::mask:
      for (std::size_t i = 0; i < a.size(); ++i) made[i] ^= static_cast<std::uint8_t>(one.k + i);
      return made;
    case op::add:
      for (std::uint8_t& each : made) each = static_cast<std::uint8_t>(each + one.k);
      return made;
    case op::rotate:
      return rotated(a, one.k);
    case op::concat:
      made.insert(made.end(), b.begin(), b.end());
      return made;
    case op::slice:
    case op::part:
      made.assign(a.begin() + static_cast<std::ptrdiff_t>(first),
                  a.begin() + static_cast<std::ptrdiff_t>(
                                  first + std::min<std::size_t>(one.n, a.size() - first)));
      return made;
    case op::sum:
      return little_endian(total(a) + one.k, 8);
  }
  return made;
}

}  // namespace sluice::test::sim
