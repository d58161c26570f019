// What a manifest.json says of the result beside it, read back and judged.
//
//   Units    tokens; sizes of files are bytes.
//   Owner    values.
//   Errors   no manifest is a usage_error; one that does not say what it should is corruption.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/sequence_writer.hpp>
#include <sluice/tools/shard_layout.hpp>

namespace sluice::tool {

class manifest_facts {
 public:
  manifest_facts() = default;

  std::uint64_t documents = 0;
  std::uint64_t kept = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t invalid = 0;
  std::uint64_t empty = 0;
  std::uint64_t tokens = 0;  // of the kept documents
  std::uint64_t dropped_tokens = 0;
  std::uint64_t padded_tokens = 0;
  std::uint64_t sequences = 0;
  std::uint64_t rejected_max = 0;
  shard_layout layout;
  std::vector<written_file> files;
  std::uint64_t input_bytes = 0;

  std::uint64_t written_tokens() const { return tokens - dropped_tokens + padded_tokens; }
};

manifest_facts read_manifest(std::string const& path);

// Throws corruption: something at `path` is not as it was written.
[[noreturn]] void refuse_damage(std::string_view path, std::string_view what);

}  // namespace sluice::tool
