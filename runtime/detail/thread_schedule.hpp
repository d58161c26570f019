// Which thread of a simulated machine goes on: the seed's choices, and no other.
//
//   Units    decisions: one at each place where a thread stops, or where another one may go first.
//   Threads  one at a time; sim_threads calls it under its mutex.
//
// One order for the whole run, because each shows another kind of mistake: `stay` and `newest` are
// what a lazy machine does, `priorities` lets one thread run far ahead but for a few changes,
// `starve` keeps some from moving while anything else can, `uniform` mixes. `starve_task`, which
// the seed never draws, keeps back those that stopped in a step of one task.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sluice/cuda/detail/drawn_priorities.hpp>
#include <sluice/cuda/detail/kept_back.hpp>
#include <sluice/cuda/detail/random.hpp>
#include <sluice/cuda/sim_order.hpp>

namespace sluice::detail {

enum class thread_order : std::uint8_t { uniform, priorities, starve, newest, stay, starve_task };
inline constexpr std::size_t drawn_thread_orders = 5;
std::string_view name_of(thread_order order) noexcept;
// What the threads of a machine do whose order was asked for.
thread_order thread_order_of(sim_order order) noexcept;

class thread_schedule {
 public:
  struct candidate {
    unsigned thread = 0;
    std::uint64_t since = 0;  // when it became able to run, in decisions
    std::uint64_t task = 0;   // in whose step it stopped, by number_of_name(); 0: none
  };

  explicit thread_schedule(std::uint64_t seed, std::optional<thread_order> order = {}) noexcept;

  thread_order order() const noexcept { return order_; }

  // The index of the one that goes on. `from` is not empty; `current` is the one that could just
  // stay, where there is one.
  std::size_t pick(std::span<candidate const> from, std::optional<std::size_t> current) noexcept;

 private:
  std::size_t by_order(std::span<candidate const> from,
                       std::optional<std::size_t> current) noexcept;
  std::size_t uniform(std::span<candidate const> from) noexcept;
  std::size_t by_priority(std::span<candidate const> from, std::optional<std::size_t> current);
  std::size_t unless_starved(std::span<candidate const> from) noexcept;
  std::size_t unless_in_starved_task(std::span<candidate const> from,
                                     std::optional<std::size_t> current) noexcept;

  seeded_random random_;
  thread_order order_;
  std::uint64_t stays_of_16_ = 0;  // how often a thread that could stay does
  std::uint64_t salt_ = 0;
  std::uint64_t decisions_ = 0;
  std::uint64_t stayed_ = 0;  // decisions in a row for the same thread
  drawn_priorities priorities_;
  kept_back starved_task_;
};

}  // namespace sluice::detail
