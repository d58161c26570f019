// Priorities that are drawn for streams or threads, and the few moments at which one of them falls
// behind all others.
//
//   Units    decisions, counted from 1.
//   Threads  one at a time.
//   Source   Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized scheduler with probabilistic
//            guarantees of finding bugs, ASPLOS 2010. With d - 1 changes it finds a bug that takes
//            d odd orderings with a known chance.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <sluice/cuda/detail/random.hpp>

namespace sluice::detail {

class drawn_priorities {
 public:
  static constexpr std::size_t changes_max = 3;

  drawn_priorities() = default;
  // Runs are short or long: a change is as likely among the first ten decisions as among those up
  // to 2 ^ change_bits_max.
  drawn_priorities(std::uint64_t salt, seeded_random& random, unsigned change_bits_max) noexcept
      : salt_(salt), changes_(static_cast<std::size_t>(random.below(changes_max + 1))) {
    for (std::size_t i = 0; i < changes_; ++i)
      change_at_[i] = random.below(std::uint64_t{1} << (1 + random.below(change_bits_max)));
  }

  // Whether whoever would run at this decision falls.
  bool changes_at(std::uint64_t decision) const noexcept {
    auto const end = change_at_.begin() + static_cast<std::ptrdiff_t>(changes_);
    return std::find(change_at_.begin(), end, decision) != end;
  }
  // At most changes_max times.
  void fall(std::uint64_t who) noexcept { fallen_[fallen_count_++] = who; }

  // Below all that did not fall when it has fallen, the last one lowest.
  std::uint64_t of(std::uint64_t who) const noexcept {
    for (std::size_t i = fallen_count_; i > 0; --i)
      if (fallen_[i - 1] == who) return changes_max - i;
    return mixed(salt_ ^ who) | (std::uint64_t{1} << 63);
  }

 private:
  std::uint64_t salt_ = 0;
  std::size_t changes_ = 0;
  std::array<std::uint64_t, changes_max> change_at_{};
  std::array<std::uint64_t, changes_max> fallen_{};
  std::size_t fallen_count_ = 0;
};

}  // namespace sluice::detail
