#include <sluice/cuda/faults.hpp>

namespace sluice {

namespace {

constexpr std::array<std::string_view, fault_site_count> names{
    "allocate_device", "allocate_pinned", "allocate_host", "allocate_frame", "give_copy",
    "give_kernel",     "give_record",     "run_copy",      "run_kernel",     "lose_device",
    "open_file",       "reserve_file",    "write_file",    "read_file",      "short_write",
    "short_read",      "flip_bit",        "hang"};

constexpr std::uint64_t on_of_16 = 4;

std::size_t at_of(fault_site site) noexcept {
  return static_cast<std::size_t>(site);
}

}  // namespace

std::string_view name_of(fault_site site) noexcept {
  return names[at_of(site)];
}

void fault_plan::draw(std::uint64_t seed) {
  std::lock_guard const lock(mutex_);
  detail::seeded_random random(detail::mixed(seed) ^ 0x6661756c7473u);
  for (site_state& each : sites_) {
    bool const on = random.below(16) < on_of_16;
    std::uint64_t const one_in = std::uint64_t{2} << random.below(8);
    each.one_in = on ? one_in : 0;
    each.random = detail::seeded_random(random.next());
  }
}

void fault_plan::fail(fault_site site, std::uint64_t at, bool from_then_on) {
  std::lock_guard const lock(mutex_);
  sites_[at_of(site)].at = at;
  sites_[at_of(site)].from_then_on = from_then_on;
}

void fault_plan::stop() noexcept {
  std::lock_guard const lock(mutex_);
  stopped_ = true;
}

bool fault_plan::is_on(fault_site site) const noexcept {
  std::lock_guard const lock(mutex_);
  site_state const& here = sites_[at_of(site)];
  return !stopped_ && (here.one_in != 0 || here.at.has_value());
}

bool fault_plan::strikes(fault_site site) noexcept {
  std::lock_guard const lock(mutex_);
  site_state& here = sites_[at_of(site)];
  std::uint64_t const visit = here.visits++;
  if (stopped_) return false;
  bool const drawn = here.one_in != 0 && here.random.below(here.one_in) == 0;
  bool const named = here.at && (visit == *here.at || (here.from_then_on && visit > *here.at));
  if (drawn || named) ++here.struck;
  return drawn || named;
}

std::uint64_t fault_plan::visits(fault_site site) const noexcept {
  std::lock_guard const lock(mutex_);
  return sites_[at_of(site)].visits;
}

std::uint64_t fault_plan::struck(fault_site site) const noexcept {
  std::lock_guard const lock(mutex_);
  return sites_[at_of(site)].struck;
}

}  // namespace sluice
