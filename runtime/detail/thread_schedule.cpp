#include <sluice/runtime/detail/thread_schedule.hpp>

#include <algorithm>

namespace sluice::detail {

namespace {

constexpr unsigned change_bits_max = 13;
// Whom `starve` keeps back changes after so many decisions, and `starve_task` keeps nobody back at
// one of so many, so that nobody waits for ever.
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
    case thread_order::starve_task:
      return "starve_task";
  }
  return "unknown";
}

thread_order thread_order_of(sim_order order) noexcept {
  switch (order) {
    case sim_order::priorities:
      return thread_order::priorities;
    case sim_order::starve_task:
      return thread_order::starve_task;
    case sim_order::newest:
      return thread_order::newest;
    case sim_order::eager:
      return thread_order::stay;
    case sim_order::uniform:
    case sim_order::starve_stream:
    case sim_order::at_sync:
    case sim_order::slow_copies:
      break;
  }
  return thread_order::uniform;
}

thread_schedule::thread_schedule(std::uint64_t seed, std::optional<thread_order> order) noexcept
    : random_(mixed(seed) ^ 0x7468726561647321u),
      order_(static_cast<thread_order>(random_.below(drawn_thread_orders))),
      starved_task_(starved_task_salt(seed)) {
  if (order) order_ = *order;
  stays_of_16_ = std::uint64_t{16} - (std::uint64_t{1} << random_.below(5));
  salt_ = random_.next();
  priorities_ = drawn_priorities(salt_, random_, change_bits_max);
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
    case thread_order::starve_task:
      return unless_in_starved_task(from, current);
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

std::size_t thread_schedule::by_priority(std::span<candidate const> from,
                                         std::optional<std::size_t> current) {
  if (current && priorities_.changes_at(decisions_)) priorities_.fall(from[*current].thread);
  auto const priority = [this](auto const& each) { return priorities_.of(each.thread); };
  return static_cast<std::size_t>(std::ranges::max_element(from, {}, priority) - from.begin());
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

std::size_t thread_schedule::unless_in_starved_task(std::span<candidate const> from,
                                                    std::optional<std::size_t> current) noexcept {
  for (candidate const& each : from) starved_task_.see(each.task);
  if (decisions_ % starve_length == 0) return uniform(from);
  auto const starves = [&](std::size_t at) { return starved_task_.is(from[at].task); };
  if (current && !starves(*current) && random_.below(16) < stays_of_16_) return *current;
  std::size_t const first = uniform(from);
  for (std::size_t i = 0; i < from.size(); ++i)
    if (std::size_t const at = (first + i) % from.size(); !starves(at)) return at;
  return first;
}

}  // namespace sluice::detail
