// Which operation of a simulated device runs next, and when: the seed's choices, and no other.
//
//   Units    operations.
//   Threads  one at a time; the driver calls it under its mutex.
//   Streams  every order it gives is one that a device may take. It changes its mode now and then,
//            because each mode shows another kind of missing edge: `lazy` leaves undone what nobody
//            ordered (a read before its write), `contrary` does first what nobody asked for (a
//            write before the last read of the memory's former owner).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sluice/cuda/detail/random.hpp>

namespace sluice::detail {

class sim_schedule {
 public:
  struct candidate {
    std::uint64_t stream = 0;
    std::uint64_t number = 0;  // of the operation, in the order they were enqueued
  };

  explicit sim_schedule(std::uint64_t seed) noexcept;

  // The index of the operation to run. `from` is not empty; `needed` is the one that the event
  // somebody asks for waits for next, where it can run.
  std::size_t pick(std::span<candidate const> from, std::optional<std::size_t> needed) noexcept;

  // How many operations one poll runs: often none.
  std::size_t poll_budget() noexcept;
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
  std::uint64_t rank(std::uint64_t stream) const noexcept { return mixed(salt_ ^ stream); }
  template <class Score>
  static std::size_t best(std::span<candidate const> from, Score&& score) noexcept;
  std::size_t other_than(std::size_t count, std::size_t needed) noexcept;
  std::size_t unless_starved(std::span<candidate const> from) noexcept;

  seeded_random random_;
  mode mode_ = mode::uniform;
  std::uint64_t salt_ = 0;
  std::uint64_t eagerness_ = 0;
  unsigned patience_ = 1;
  std::uint64_t at_call_of_4_ = 0;  // how many of four pageable copies read at the call
};

}  // namespace sluice::detail
