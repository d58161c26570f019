// The body of sum: a tree of fixed shape, each level a pass over blocks of the level below.
//
//   Source   Thrust's reduce would return the sum to the host and so make it wait.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/detail/exec_policy.hpp>

namespace sluice::detail {

inline constexpr std::size_t sum_block = 256;

constexpr std::size_t sum_blocks(std::size_t count) noexcept {
  return (count + sum_block - 1) / sum_block;
}

// Two levels of partial sums, of which each is read while the other is written.
constexpr std::size_t sum_scratch_bytes(std::size_t count) noexcept {
  return scratch_base_bytes + scratch_bytes<std::uint64_t>(sum_blocks(count)) +
         scratch_bytes<std::uint64_t>(sum_blocks(sum_blocks(count)));
}

template <class T>
struct sum_of_block {
  T const* values;
  std::size_t count;
  std::uint64_t* sums;

  SLUICE_HD void operator()(std::size_t block) const {
    auto const first = block * sum_block;
    auto const last = first + sum_block < count ? first + sum_block : count;
    std::uint64_t total = 0;
    for (auto i = first; i < last; ++i) total += values[i];
    sums[block] = total;
  }
};

template <class Exec, class T>
void sum_in_tree(Exec const& on, T const* values, std::size_t count, std::uint64_t* total) {
  scratch_arena scratch(on);
  auto* from = scratch.template take<std::uint64_t>(sum_blocks(count));
  auto* to = scratch.template take<std::uint64_t>(sum_blocks(sum_blocks(count)));
  auto left = sum_blocks(count);
  if (left <= 1) {
    for_each_index(on, 1, sum_of_block<T>{values, count, total});
    return;
  }
  for_each_index(on, left, sum_of_block<T>{values, count, from});
  while (left > sum_block) {
    for_each_index(on, sum_blocks(left), sum_of_block<std::uint64_t>{from, left, to});
    auto* const swapped = from;
    from = to;
    to = swapped;
    left = sum_blocks(left);
  }
  for_each_index(on, 1, sum_of_block<std::uint64_t>{from, left, total});
}

struct sum_u32_body {
  static constexpr char const* name = "sum_u32";

  template <class Exec>
  static void run(Exec const& on, in<std::uint32_t> values, out<std::uint64_t> total) {
    sum_in_tree(on, on.data(values), values.size(), on.data(total));
  }
};

struct sum_u8_body {
  static constexpr char const* name = "sum_u8";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> values, out<std::uint64_t> total) {
    sum_in_tree(on, on.data(values), values.size(), on.data(total));
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::sum_u32_body)
SLUICE_REGISTER_KERNEL(sluice::detail::sum_u8_body)
#endif
