#include <sluice/tools/inspect.hpp>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sluice/tools/checksum.hpp>
#include <sluice/tools/files.hpp>
#include <sluice/tools/manifest_facts.hpp>
#include <sluice/tools/shard_checks.hpp>
#include <sluice/tools/sizes.hpp>

namespace sluice::tool {

namespace {

void check_sums(std::string const& folder, manifest_facts const& facts) {
  for (written_file const& file : facts.files) {
    auto const path = folder + "/" + file.name;
    auto const found = sum_of_file(path);
    if (found.bytes != file.bytes)
      refuse_damage(path,
                    fmt::format("it has {} bytes, the manifest says {}", found.bytes, file.bytes));
    if (found.xxh64 != file.xxh64)
      refuse_damage(path, fmt::format("its XXH64 is {}, the manifest says {}", hex_of(found.xxh64),
                                      hex_of(file.xxh64)));
  }
}

std::string as_json_object(std::string const& folder, manifest_facts const& facts) {
  nlohmann::ordered_json all;
  all["result"] = folder;
  all["format"] = name_of(facts.layout.format);
  all["pack"] = name_of(facts.layout.pack);
  all["documents"] = {{"in", facts.documents},
                      {"kept", facts.kept},
                      {"duplicate", facts.duplicate},
                      {"invalid", facts.invalid},
                      {"empty", facts.empty}};
  all["sequences"] = facts.sequences;
  all["tokens"] = facts.written_tokens();
  all["files"] = facts.files.size();
  using handler = nlohmann::ordered_json::error_handler_t;
  return all.dump(2, ' ', true, handler::replace) + "\n";
}

std::string as_text(std::string const& folder, manifest_facts const& facts) {
  std::string text;
  auto const to = std::back_inserter(text);
  fmt::format_to(to, "{}: whole, as its manifest says\n", shown(folder));
  fmt::format_to(to, "documents {}: kept {}, duplicate {}, invalid {}, empty {}\n",
                 grouped(facts.documents), grouped(facts.kept), grouped(facts.duplicate),
                 grouped(facts.invalid), grouped(facts.empty));
  fmt::format_to(to, "sequences {}, tokens {} ({}, {})\n", grouped(facts.sequences),
                 grouped(facts.written_tokens()), name_of(facts.layout.pack),
                 name_of(facts.layout.format));
  for (written_file const& file : facts.files)
    fmt::format_to(to, "{:<16} {:>10}  xxh64 {}\n", file.name, rounded_size(file.bytes),
                   hex_of(file.xxh64));
  return text;
}

}  // namespace

std::string inspect_result(std::string const& folder, bool as_json) {
  auto const facts = read_manifest(folder + "/manifest.json");
  check_shard_files(folder, facts);
  check_sums(folder, facts);
  if (facts.layout.format == shard_format::megatron)
    check_megatron(folder, facts);
  else
    check_npy(folder, facts);
  return as_json ? as_json_object(folder, facts) : as_text(folder, facts);
}

}  // namespace sluice::tool
