// Which operation of a simulated device runs next, and when: the seed's choices, and no other.
//
//   Units    operations.
//   Threads  one at a time; the driver calls it under its mutex.
//   Streams  every order it gives is one that a device may take. Where none is asked for by name it
//            changes its mode now and then, because each mode shows another kind of missing edge:
//            `lazy` leaves undone what nobody ordered (a read before its write), `contrary` does
//            first what nobody asked for (a write before the last read of the memory's former
//            owner).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sluice/cuda/detail/drawn_priorities.hpp>
#include <sluice/cuda/detail/kept_back.hpp>
#include <sluice/cuda/detail/random.hpp>
#include <sluice/cuda/sim_order.hpp>

namespace sluice::detail {

class sim_schedule {
 public:
  struct candidate {
    std::uint64_t stream = 0;
    std::uint64_t number = 0;  // of the operation, in the order they were enqueued
    std::uint64_t user = 0;    // of the stream, as note_user() told last; 0: nobody
    bool copies = false;
  };

  // `starved` is the salt of whom starve_task keeps back, and starve_stream at first.
  explicit sim_schedule(std::uint64_t seed, std::optional<sim_order> order = {},
                        std::uint64_t starved = 0) noexcept;

  // The index of the operation to run. `from` is not empty; `needed` is the one that the event
  // somebody asks for waits for next, where it can run.
  std::size_t pick(std::span<candidate const> from, std::optional<std::size_t> needed) noexcept;

  // How many operations one poll runs: often none.
  std::size_t poll_budget() noexcept;
  // Whether it runs them although the event is done before.
  bool polls_for_all() const noexcept { return order_ == sim_order::eager; }
  // After this many polls of one event, a poll runs some of what it needs: polling always ends.
  // Never few: else work that somebody polls for runs before the host has gone on.
  unsigned poll_patience() const noexcept { return patience_; }
  std::size_t poll_burst() noexcept;
  // The same for one sync, in operations that were not the needed one.
  static constexpr unsigned sync_patience = 64;

  // A copy from pageable memory may read its source at the call, or as late as any other.
  bool reads_pageable_at_call() noexcept;

 private:
  enum class mode : std::uint8_t { uniform, lazy, contrary, newest, oldest, starve, priority };
  static constexpr std::uint64_t mode_count = 7;

  void change_mode() noexcept;
  void change_pace() noexcept;
  std::size_t by_mode(std::span<candidate const> from, std::optional<std::size_t> needed) noexcept;
  std::size_t by_order(std::span<candidate const> from, std::optional<std::size_t> needed) noexcept;
  std::uint64_t rank(std::uint64_t stream) const noexcept { return mixed(salt_ ^ stream); }
  template <class Score>
  static std::size_t best(std::span<candidate const> from, Score&& score) noexcept;
  template <class Test>
  std::size_t any_that(std::span<candidate const> from, Test&& test) noexcept;
  std::size_t any(std::span<candidate const> from) noexcept;
  std::size_t other_than(std::size_t count, std::size_t needed) noexcept;
  std::size_t by_priority(std::span<candidate const> from) noexcept;
  std::size_t but_for_kept_back(std::span<candidate const> from,
                                std::uint64_t candidate::* which) noexcept;

  seeded_random random_;
  std::optional<sim_order> const order_;
  mode mode_ = mode::uniform;
  std::uint64_t salt_ = 0;
  std::uint64_t eagerness_ = 0;
  unsigned patience_ = 1;
  std::uint64_t at_call_of_4_ = 0;  // how many of four pageable copies read at the call
  // Of orders with a name.
  std::uint64_t decisions_ = 0;
  drawn_priorities priorities_;
  kept_back kept_back_;
};

}  // namespace sluice::detail
