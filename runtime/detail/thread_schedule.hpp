// Which thread of a simulated machine goes on: the seed's choices, and no other.
//
//   Units    decisions: one at each place where a thread stops, or where another one may go first.
//   Threads  one at a time; sim_threads calls it under its mutex.
//   Source   Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized scheduler with probabilistic
//            guarantees of finding bugs, ASPLOS 2010, for `priorities`.
//
// One order for the whole run, because each shows another kind of mistake: `stay` and `newest` are
// what a lazy machine does, `priorities` lets one thread run far ahead but for a few changes,
// `starve` keeps some from moving while anything else can, `uniform` mixes.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sluice/cuda/detail/random.hpp>

namespace sluice::detail {

enum class thread_order : std::uint8_t { uniform, priorities, starve, newest, stay };
inline constexpr std::size_t thread_order_count = 5;
std::string_view name_of(thread_order order) noexcept;

class thread_schedule {
 public:
  struct candidate {
    unsigned thread = 0;
    std::uint64_t since = 0;  // when it became able to run, in decisions
  };

  explicit thread_schedule(std::uint64_t seed, std::optional<thread_order> order = {}) noexcept;

  thread_order order() const noexcept { return order_; }

  // The index of the one that goes on. `from` is not empty; `current` is the one that could just
  // stay, where there is one.
  std::size_t pick(std::span<candidate const> from, std::optional<std::size_t> current) noexcept;

 private:
  static constexpr std::size_t changes_max = 3;

  std::uint64_t priority(unsigned thread) const noexcept;
  std::size_t by_order(std::span<candidate const> from,
                       std::optional<std::size_t> current) noexcept;
  std::size_t uniform(std::span<candidate const> from) noexcept;
  std::size_t by_priority(std::span<candidate const> from, std::optional<std::size_t> current);
  std::size_t unless_starved(std::span<candidate const> from) noexcept;

  seeded_random random_;
  thread_order order_;
  std::uint64_t stays_of_16_ = 0;  // how often a thread that could stay does
  std::uint64_t salt_ = 0;
  std::uint64_t decisions_ = 0;
  std::uint64_t stayed_ = 0;  // decisions in a row for the same thread
  // priorities: at each of these decisions the thread that runs falls behind all others.
  std::array<std::uint64_t, changes_max> change_at_{};
  std::array<unsigned, changes_max> fallen_{};
  std::size_t changes_ = 0;
  std::size_t fallen_count_ = 0;
};

}  // namespace sluice::detail
