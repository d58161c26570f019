// The command line of `sluice`, read and judged.
//
//   Units    memory is bytes.
//   Owner    values; made once by parse_command.
//   Errors   what cannot be used is a usage_error of one line: what, where, what to do.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/tools/shard_layout.hpp>

namespace sluice::tool {

enum class chosen_device { automatic, cpu, cuda, sim };

// --device auto|cpu|cuda[:N]|sim[:SEED]
struct device_choice {
  chosen_device kind = chosen_device::automatic;
  unsigned index = 0;      // of the CUDA device
  std::uint64_t seed = 0;  // of the simulated device's order
};

device_choice parse_device(std::string_view text);

class chunk_options {
 public:
  chunk_options() = default;

  std::vector<std::string> inputs;
  std::vector<std::string> include;  // patterns for what folders hold; none: everything
  std::string output_folder;
  split_rule split;
  bool dedup = true;
  shard_layout layout;
  std::size_t rejected_max = 20;  // invalid documents to tell of
  device_choice device;
  std::optional<std::size_t> memory_bytes;         // none: half of what may be used
  std::optional<std::size_t> device_memory_bytes;  // none: what the device has
  std::string spill_folder;                        // the output folder unless it is named
  std::optional<std::size_t> threads;              // none: every core
  std::string trace_path;                          // empty: no trace
  bool quiet = false;
  bool json = false;
  bool force = false;
};

// inspect DIR
class inspect_options {
 public:
  inspect_options() = default;

  std::string folder;
  bool quiet = false;
  bool json = false;
};

enum class command_kind { print, chunk, inspect, info };

class command {
 public:
  command() = default;

  command_kind kind = command_kind::print;
  std::string text;  // help or version, for `print`
  chunk_options chunk;
  inspect_options inspect;
};

// `arguments` without the program's name.
command parse_command(std::vector<std::string> arguments);

}  // namespace sluice::tool
