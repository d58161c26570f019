// The kernels of random programs: the operations of a body on bytes, a total, a number's bytes.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/kernel.hpp>

namespace sluice::test::sim {

enum class blending : std::uint32_t { fill, count, mask, add, rotate, concat, slice };

struct blend_at {
  std::uint8_t const* a;
  std::uint8_t const* b;
  std::uint8_t* to;
  std::size_t a_size;
  blending how;
  std::uint32_t k;

  SLUICE_HD std::uint8_t counted(std::size_t i) const {
    std::uint32_t const value = k + static_cast<std::uint32_t>(i / 4);
    return static_cast<std::uint8_t>(value >> (8 * (i % 4)));
  }
  SLUICE_HD std::uint8_t at(std::size_t i) const {
    switch (how) {
      case blending::fill:
        return static_cast<std::uint8_t>(((std::uint64_t{k} + i) * 0x9E3779B97F4A7C15U) >> 56U);
      case blending::count:
        return counted(i);
      case blending::mask:
        return static_cast<std::uint8_t>(a[i] ^ static_cast<std::uint8_t>(k + i));
      case blending::add:
        return static_cast<std::uint8_t>(a[i] + k);
      case blending::rotate:
        return a[(i + k) % a_size];
      case blending::concat:
        return i < a_size ? a[i] : b[i - a_size];
      case blending::slice:
        return a[i + k];
    }
    return 0;
  }
  SLUICE_HD void operator()(std::size_t i) const { to[i] = at(i); }
};

struct blend_body {
  static constexpr char const* name = "sim_blend";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> a, in<std::uint8_t> b, out<std::uint8_t> to,
                  std::uint32_t how, std::uint32_t k) {
    for_each_index(
        on, to.size(),
        blend_at{on.data(a), on.data(b), on.data(to), a.size(), static_cast<blending>(how), k});
  }
};

struct total_at {
  std::uint8_t const* from;
  std::size_t size;
  std::uint64_t* to;

  SLUICE_HD void operator()(std::size_t) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += from[i];
    *to = sum;
  }
};

struct total_body {
  static constexpr char const* name = "sim_total";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> from, out<std::uint64_t> to) {
    for_each_index(on, 1, total_at{on.data(from), from.size(), on.data(to)});
  }
};

// The eight bytes of `value`, plus the total of `from`.
struct spell_at {
  std::uint8_t const* from;
  std::size_t size;
  std::uint64_t value;
  std::uint8_t* to;

  SLUICE_HD void operator()(std::size_t) const {
    std::uint64_t sum = value;
    for (std::size_t i = 0; i < size; ++i) sum += from[i];
    for (int i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(sum >> (8 * i));
  }
};

struct spell_body {
  static constexpr char const* name = "sim_spell";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> from, out<std::uint8_t> to,
                  std::uint64_t value) {
    for_each_index(on, 1, spell_at{on.data(from), from.size(), value, on.data(to)});
  }
};

}  // namespace sluice::test::sim

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::test::sim::blend_body)
SLUICE_REGISTER_KERNEL(sluice::test::sim::total_body)
SLUICE_REGISTER_KERNEL(sluice::test::sim::spell_body)
#endif
