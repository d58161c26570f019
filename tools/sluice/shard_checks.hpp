// Are the shards of a result consistent in themselves, whatever their checksums say?
//
//   Units    tokens, bytes.
//   Threads  one.
//   Errors   corruption names the file and the sequence.

#pragma once

#include <string>

#include <sluice/tools/manifest_facts.hpp>

namespace sluice::tool {

// The manifest lists the files that its format has.
void check_shard_files(std::string const& folder, manifest_facts const& facts);

void check_megatron(std::string const& folder, manifest_facts const& facts);
void check_npy(std::string const& folder, manifest_facts const& facts);

}  // namespace sluice::tool
