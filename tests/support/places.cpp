#include <support/places.hpp>

#include <cstdlib>
#include <string_view>

namespace sluice::test {

void PrintTo(place const& at, std::ostream* out) {
  *out << name_of(at.kind) << ':' << at.index;
}

std::vector<place> places() {
  std::vector<place> all = device_places();
  all.insert(all.begin(), place());
  return all;
}

std::vector<place> device_places() {
  place sim;
  sim.kind = device_kind::sim;
  place cuda;
  cuda.kind = device_kind::cuda;
  return {sim, cuda};
}

std::string place_name(testing::TestParamInfo<place> const& tested) {
  return std::string(name_of(tested.param.kind));
}

std::string reason_to_skip(place const& at) {
  if (at.kind != device_kind::cuda) return {};
  cuda_presence const presence = find_cuda();
  if (at.index < presence.devices) return {};
  if (presence.devices == 0) return presence.reason;
  return "only " + std::to_string(presence.devices) + " CUDA devices";
}

bool gpu_is_required() {
  char const* const set = std::getenv("SLUICE_REQUIRE_GPU");
  return set != nullptr && std::string_view(set) == "1";
}

std::unique_ptr<driver> open(place const& at, std::uint64_t seed, trace* log,
                             std::size_t memory_bytes) {
  if (at.kind == device_kind::host) return open_host(log);
  if (at.kind == device_kind::cuda) return open_cuda(at.index, log);
  sim_options options;
  options.seed = seed;
  options.index = at.index;
  options.memory_bytes = memory_bytes;
  options.log = log;
  return open_sim(options);
}

std::shared_ptr<hazard_log> unchecked() {
  return std::make_shared<hazard_log>(hazard_options(hazard_response::ignore));
}

std::vector<std::uint64_t> seeds(std::size_t count) {
  if (char const* const set = std::getenv("SLUICE_SEED")) return {std::strtoull(set, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed) all.push_back(seed);
  return all;
}

std::vector<std::uint64_t> seeds(place const& at, std::size_t count) {
  return seeds(at.kind == device_kind::sim ? count : 1);
}

std::string seed_line(std::uint64_t seed) {
  return "SLUICE_SEED=" + std::to_string(seed);
}

}  // namespace sluice::test
