#include <sluice/tools/info.hpp>

#include <xxhash.h>

#include <iterator>

#include <fmt/format.h>
#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>
#include <sluice/runtime/machine.hpp>
#include <sluice/tools/memory_plan.hpp>
#include <sluice/tools/sizes.hpp>

namespace sluice::tool {

namespace {

using out = std::back_insert_iterator<std::string>;

std::string xxhash_version() {
  auto const number = XXH_versionNumber();
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

void add_versions(out to) {
  fmt::format_to(to, "sluice    {}, compiler {}\n", SLUICE_VERSION, __VERSION__);
  fmt::format_to(to, "with      CLI11 {}, fmt {}.{}.{}, nlohmann-json {}.{}.{}, xxHash {}\n",
                 CLI11_VERSION, FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100,
                 NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                 NLOHMANN_JSON_VERSION_PATCH, xxhash_version());
}

// Opening one is the only way to know.
void add_devices(out to, machine const& world) {
  fmt::format_to(to, "\ndevices\n");
  fmt::format_to(to, "cpu       {} threads\n", world.cores());
  auto const cuda = find_cuda();
  if (cuda.devices == 0) fmt::format_to(to, "cuda      none: {}\n", cuda.reason);
  for (int i = 0; i < cuda.devices; ++i) {
    try {
      auto const info = open_cuda(i)->info();
      fmt::format_to(to, "cuda:{:<4} {}, {}\n", i, info.name, rounded_size(info.memory_bytes));
    } catch (error const& unusable) {
      fmt::format_to(to, "cuda:{:<4} cannot be used: {}\n", i, unusable.what());
    }
  }
  fmt::format_to(to, "sim       always: a simulated device, for tests\n");
}

void add_tiers(out to, machine const& world) {
  auto const all = default_memory_bytes(world);
  auto const plan = plan_memory(memory_limits(all));
  fmt::format_to(to, "\nmemory, without --memory and without a device\n");
  fmt::format_to(to, "all       {}, half of what this process may use\n", rounded_size(all));
  fmt::format_to(to, "host      {}, with room for {} distinct documents\n",
                 rounded_size(plan.host_bytes), grouped(plan.documents_max));
  fmt::format_to(to, "pinned    none; with a device a quarter of host, at most 256 MiB\n");
  fmt::format_to(to, "disk      the output folder, or --spill-dir; no limit\n");
  fmt::format_to(to, "control   {}, set aside and not counted\n", rounded_size(plan.control_bytes));
  fmt::format_to(to, "chunks    {} of text, {} in flight\n", rounded_size(plan.chunk_bytes),
                 plan.chunks_in_flight);
}

}  // namespace

std::string machine_info() {
  std::string text;
  auto const to = std::back_inserter(text);
  add_versions(to);
  machine const world = machine::cpu_only();
  add_devices(to, world);
  add_tiers(to, world);
  return text;
}

}  // namespace sluice::tool
