#include <sluice/cuda/detail/sim_schedule.hpp>

#include <limits>

namespace sluice::detail {

namespace {

// Programs give a device some ten operations, or some hundred.
constexpr unsigned change_bits_max = 9;
constexpr unsigned patience_max = 64;

}  // namespace

sim_schedule::sim_schedule(std::uint64_t seed, std::optional<sim_order> order,
                           std::uint64_t starved) noexcept
    : random_(seed), order_(order), kept_back_(starved) {
  at_call_of_4_ = random_.below(3) * 2;
  change_mode();
  if (!order_) return;
  priorities_ = drawn_priorities(random_.next(), random_, change_bits_max);
  if (order_ == sim_order::at_sync) patience_ = patience_max;
}

void sim_schedule::change_mode() noexcept {
  mode_ = static_cast<mode>(random_.below(mode_count));
  salt_ = random_.next();
  change_pace();
}

void sim_schedule::change_pace() noexcept {
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

std::size_t sim_schedule::any(std::span<candidate const> from) noexcept {
  return static_cast<std::size_t>(random_.below(from.size()));
}

// Any one when there is none.
template <class Test>
std::size_t sim_schedule::any_that(std::span<candidate const> from, Test&& test) noexcept {
  std::size_t const first = any(from);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t const at = (first + i) % from.size();
    if (test(from[at])) return at;
  }
  return first;
}

std::size_t sim_schedule::pick(std::span<candidate const> from,
                               std::optional<std::size_t> needed) noexcept {
  return order_ ? by_order(from, needed) : by_mode(from, needed);
}

std::size_t sim_schedule::by_order(std::span<candidate const> from,
                                   std::optional<std::size_t> needed) noexcept {
  ++decisions_;
  bool const changes = random_.below(128) == 0;
  if (changes && order_ != sim_order::at_sync) change_pace();
  switch (*order_) {
    case sim_order::priorities:
      return by_priority(from);
    case sim_order::starve_stream:
      if (changes) kept_back_ = kept_back(random_.next());
      return but_for_kept_back(from, &candidate::stream);
    case sim_order::starve_task:
      return but_for_kept_back(from, &candidate::user);
    case sim_order::newest:
      return best(from, [](candidate const& each) { return each.number; });
    case sim_order::eager:
      return best(from, [](candidate const& each) { return ~each.number; });
    case sim_order::at_sync:
      return needed ? *needed : any(from);
    case sim_order::slow_copies: {
      std::size_t const at = any_that(from, [](candidate const& each) { return !each.copies; });
      return from[at].copies && needed ? *needed : at;
    }
    case sim_order::uniform:
      break;
  }
  return any(from);
}

std::size_t sim_schedule::by_priority(std::span<candidate const> from) noexcept {
  auto const priority = [this](candidate const& each) { return priorities_.of(each.stream); };
  std::size_t const first = best(from, priority);
  if (!priorities_.changes_at(decisions_)) return first;
  priorities_.fall(from[first].stream);
  return best(from, priority);
}

std::size_t sim_schedule::but_for_kept_back(std::span<candidate const> from,
                                            std::uint64_t candidate::* which) noexcept {
  for (candidate const& each : from) kept_back_.see(each.*which);
  return any_that(from, [&](candidate const& each) { return !kept_back_.is(each.*which); });
}

std::size_t sim_schedule::by_mode(std::span<candidate const> from,
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
    case mode::starve:  // a third of the streams
      return any_that(from, [this](auto const& each) { return rank(each.stream) % 3 != 0; });
    case mode::priority:
      return best(from, [this](auto const& each) { return rank(each.stream); });
    case mode::uniform:
      break;
  }
  return any(from);
}

std::size_t sim_schedule::poll_budget() noexcept {
  if (order_ == sim_order::at_sync) return 0;
  if (order_ == sim_order::eager) return std::numeric_limits<std::size_t>::max();
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
  if (!order_ && random_.below(32) == 0) change_mode();
  return 1 + static_cast<std::size_t>(random_.below(8));
}

bool sim_schedule::reads_pageable_at_call() noexcept {
  return random_.below(4) < at_call_of_4_;
}

}  // namespace sluice::detail
