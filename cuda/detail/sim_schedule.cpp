#include <sluice/cuda/detail/sim_schedule.hpp>

namespace sluice::detail {

sim_schedule::sim_schedule(std::uint64_t seed) noexcept : random_(seed) {
  at_call_of_4_ = random_.below(3) * 2;
  change_mode();
}

void sim_schedule::change_mode() noexcept {
  mode_ = static_cast<mode>(random_.below(mode_count));
  salt_ = random_.next();
  eagerness_ = random_.below(3);
  patience_ = 4U << random_.below(5);
}

template <class Score>
std::size_t sim_schedule::best(std::span<candidate const> from, Score&& score) noexcept {
  std::size_t found = 0;
  for (std::size_t i = 1; i < from.size(); ++i)
    if (score(from[i]) > score(from[found])) found = i;
  return found;
}

std::size_t sim_schedule::other_than(std::size_t count, std::size_t needed) noexcept {
  if (count == 1) return 0;
  auto const drawn = static_cast<std::size_t>(random_.below(count - 1));
  return drawn < needed ? drawn : drawn + 1;
}

// A third of the streams gets nothing while another one can run.
std::size_t sim_schedule::unless_starved(std::span<candidate const> from) noexcept {
  auto const first = static_cast<std::size_t>(random_.below(from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t const at = (first + i) % from.size();
    if (rank(from[at].stream) % 3 != 0) return at;
  }
  return first;
}

std::size_t sim_schedule::pick(std::span<candidate const> from,
                               std::optional<std::size_t> needed) noexcept {
  if (random_.below(128) == 0) change_mode();
  switch (mode_) {
    case mode::lazy:
      if (needed) return *needed;
      break;
    case mode::contrary:
      if (needed) return other_than(from.size(), *needed);
      break;
    case mode::newest:
      return best(from, [](candidate const& each) { return each.number; });
    case mode::oldest:
      return best(from, [](candidate const& each) { return ~each.number; });
    case mode::starve:
      return unless_starved(from);
    case mode::priority:
      return best(from, [this](auto const& each) { return rank(each.stream); });
    case mode::uniform:
      break;
  }
  return static_cast<std::size_t>(random_.below(from.size()));
}

std::size_t sim_schedule::poll_budget() noexcept {
  switch (eagerness_) {
    case 0:
      return 0;
    case 1:
      return random_.below(4) == 0 ? 1 : 0;
    default:
      return static_cast<std::size_t>(random_.below(2) * random_.below(6));
  }
}

std::size_t sim_schedule::poll_burst() noexcept {
  if (random_.below(32) == 0) change_mode();
  return 1 + static_cast<std::size_t>(random_.below(8));
}

bool sim_schedule::reads_pageable_at_call() noexcept {
  return random_.below(4) < at_call_of_4_;
}

}  // namespace sluice::detail
