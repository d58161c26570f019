#include <sluice/testing.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <sluice/cuda/error.hpp>

namespace sluice {

namespace {

constexpr char const* seed_variable = "SLUICE_SEED";

std::optional<std::uint64_t> seed_asked_for() {
  char const* const asked = std::getenv(seed_variable);
  if (asked == nullptr || *asked == '\0') return {};
  std::string_view const text(asked);
  std::uint64_t seed = 0;
  char const* const end = asked + text.size();
  auto const read = std::from_chars(asked, end, seed);
  if (read.ec == std::errc() && read.ptr == end) return seed;
  throw misuse("SLUICE_SEED is '" + std::string(text) +
               "', which is no seed; give a number, as in SLUICE_SEED=7, or leave it out");
}

// As it was typed, but for quotes; empty where the system does not tell.
std::string command_line() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::string line((std::istreambuf_iterator<char>(in)), {});
  while (!line.empty() && line.back() == '\0') line.pop_back();
  std::ranges::replace(line, '\0', ' ');
  return line;
}

void tell_how_to_run_again(tested_machine const& failed) {
  std::string const seed = std::to_string(failed.seed());
  std::fprintf(stderr, "sluice: seed %s failed at %s; again: %s=%s %s\n", seed.c_str(),
               std::string(name_of(failed.at())).c_str(), seed_variable, seed.c_str(),
               command_line().c_str());
}

std::string text_of(std::vector<hazard> const& found) {
  std::string text = std::to_string(found.size()) +
                     (found.size() == 1 ? " access is in no order" : " accesses are in no order");
  for (hazard const& each : found) text += "\n" + each.text();
  return text;
}

}  // namespace

std::vector<device_kind> places() {
  return {device_kind::host, device_kind::sim, device_kind::cuda};
}

std::string reason_to_skip(device_kind at) {
  if (at != device_kind::cuda) return {};
  cuda_presence const presence = find_cuda();
  return presence.devices > 0 ? std::string() : presence.reason;
}

hazards_found::hazards_found(std::vector<hazard> const& found)
    : std::runtime_error(text_of(found)) {}

void expect_no_hazards(hazard_log const& log) {
  if (log.count() != 0) throw hazards_found(log.hazards());
}

tested_machine::tested_machine(device_kind at, std::uint64_t seed, simulation_options options)
    : at_(at), options_(std::move(options)) {
  options_.seed = seed;
  options_.hazards = std::make_shared<hazard_log>(hazard_options(hazard_response::collect));
}

machine tested_machine::open() {
  if (at_ == device_kind::host) return machine::cpu_only(options_.log);
  if (at_ == device_kind::sim) return machine::simulated(options_);
  if (std::string const why = reason_to_skip(at_); !why.empty()) throw device_unavailable(why);
  return machine::detect(options_.log);
}

void tested_machine::expect_no_hazards() const {
  sluice::expect_no_hazards(*options_.hazards);
}

void for_each_seed(device_kind at, std::size_t count,
                   std::function<void(tested_machine&)> const& test, seed_options const& options) {
  std::optional<std::uint64_t> const only = seed_asked_for();
  std::uint64_t const first = only.value_or(1);
  bool const once = only.has_value() || at != device_kind::sim;
  std::uint64_t const end = once ? first + 1 : first + count;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    tested_machine on(at, seed, options.machine);
    try {
      test(on);
      on.expect_no_hazards();
    } catch (...) {
      tell_how_to_run_again(on);
      throw;
    }
    if (!options.has_failed || !options.has_failed()) continue;
    tell_how_to_run_again(on);
    return;
  }
}

}  // namespace sluice
