#include <sluice/runtime/detail/thread_schedule.hpp>

#include <algorithm>

namespace sluice::detail {

namespace {

// Runs are short or long; a change is as likely among the first ten decisions as among thousands.
constexpr std::uint64_t change_bits_max = 13;
// Whom `starve` keeps back changes after so many decisions, so that nobody waits for ever.
constexpr std::uint64_t starve_length = 256;
// A thread that looks again and again for what another one does is interrupted in the end.
constexpr std::uint64_t stayed_max = 1000;

}  // namespace

std::string_view name_of(thread_order order) noexcept {
  switch (order) {
    case thread_order::uniform:
      return "uniform";
    case thread_order::priorities:
      return "priorities";
    case thread_order::starve:
      return "starve";
    case thread_order::newest:
      return "newest";
    case thread_order::stay:
      return "stay";
  }
  return "unknown";
}

thread_schedule::thread_schedule(std::uint64_t seed, std::optional<thread_order> order) noexcept
    : random_(mixed(seed) ^ 0x7468726561647321u),
      order_(static_cast<thread_order>(random_.below(thread_order_count))) {
  if (order) order_ = *order;
  stays_of_16_ = std::uint64_t{16} - (std::uint64_t{1} << random_.below(5));
  salt_ = random_.next();
  changes_ = static_cast<std::size_t>(random_.below(changes_max + 1));
  for (std::size_t i = 0; i < changes_; ++i)
    change_at_[i] = random_.below(std::uint64_t{1} << (1 + random_.below(change_bits_max)));
}

std::size_t thread_schedule::pick(std::span<candidate const> from,
                                  std::optional<std::size_t> current) noexcept {
  std::size_t const picked = by_order(from, current);
  if (picked != current) stayed_ = 0;
  if (++stayed_ < stayed_max || from.size() == 1) return picked;
  stayed_ = 0;
  return static_cast<std::size_t>(random_.below(from.size() - 1) + picked + 1) % from.size();
}

std::size_t thread_schedule::by_order(std::span<candidate const> from,
                                      std::optional<std::size_t> current) noexcept {
  ++decisions_;
  if (order_ == thread_order::priorities) return by_priority(from, current);
  if (from.size() == 1) return 0;
  switch (order_) {
    case thread_order::newest:
      return static_cast<std::size_t>(std::ranges::max_element(from, {}, &candidate::since) -
                                      from.begin());
    case thread_order::stay:
      if (current) return *current;
      return static_cast<std::size_t>(std::ranges::min_element(from, {}, &candidate::since) -
                                      from.begin());
    case thread_order::starve:
      if (decisions_ % starve_length == 0) salt_ = random_.next();
      return unless_starved(from);
    case thread_order::uniform:
    case thread_order::priorities:
      break;
  }
  if (current && random_.below(16) < stays_of_16_) return *current;
  return uniform(from);
}

std::size_t thread_schedule::uniform(std::span<candidate const> from) noexcept {
  return static_cast<std::size_t>(random_.below(from.size()));
}

// Drawn for each thread; below all of those when it has fallen, the last one lowest.
std::uint64_t thread_schedule::priority(unsigned thread) const noexcept {
  for (std::size_t i = fallen_count_; i > 0; --i)
    if (fallen_[i - 1] == thread) return changes_max - i;
  return mixed(salt_ ^ thread) | (std::uint64_t{1} << 63);
}

std::size_t thread_schedule::by_priority(std::span<candidate const> from,
                                         std::optional<std::size_t> current) {
  for (std::size_t i = 0; i < changes_; ++i)
    if (change_at_[i] == decisions_ && current && fallen_count_ < changes_max)
      fallen_[fallen_count_++] = from[*current].thread;
  return static_cast<std::size_t>(
      std::ranges::max_element(from, {},
                               [this](auto const& each) { return priority(each.thread); }) -
      from.begin());
}

// A third of the threads gets nothing while another one can run.
std::size_t thread_schedule::unless_starved(std::span<candidate const> from) noexcept {
  std::size_t const first = uniform(from);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t const at = (first + i) % from.size();
    if (mixed(salt_ ^ from[at].thread) % 3 != 0) return at;
  }
  return first;
}

}  // namespace sluice::detail
