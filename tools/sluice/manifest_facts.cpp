#include <sluice/tools/manifest_facts.hpp>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/files.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

using json = nlohmann::json;

// The library's exceptions say what is missing or of another type.
std::uint64_t number(json const& from, char const* key) {
  return from.at(key).get<std::uint64_t>();
}

std::uint64_t sum_in(std::string const& digits) {
  std::uint64_t value = 0;
  auto const end = digits.data() + digits.size();
  auto const read = std::from_chars(digits.data(), end, value, 16);
  if (read.ec != std::errc() || read.ptr != end)
    throw json::other_error::create(500, "'" + shown(digits) + "' is no XXH64", nullptr);
  return value;
}

shard_layout layout_in(json const& options) {
  shard_layout layout;
  if (options.at("format").get<std::string>() == name_of(shard_format::npy))
    layout.format = shard_format::npy;
  if (options.at("pack").get<std::string>() == name_of(pack_mode::concat)) {
    layout.pack = pack_mode::concat;
    layout.seq_len = number(options, "seq_len");
    if (layout.seq_len == 0 || layout.seq_len > seq_len_max)
      throw json::other_error::create(500, "no sequence has its seq_len", nullptr);
  }
  return layout;
}

manifest_facts facts_in(json const& all) {
  if (number(all, "manifest") != 1)
    throw json::other_error::create(500, "its version is not 1", nullptr);
  manifest_facts facts;
  json const& counts = all.at("counts");
  facts.documents = number(counts, "documents");
  facts.kept = number(counts, "kept");
  facts.duplicate = number(counts, "duplicate");
  facts.invalid = number(counts, "invalid");
  facts.empty = number(counts, "empty");
  facts.tokens = number(counts, "tokens");
  facts.dropped_tokens = number(counts, "dropped_tokens");
  facts.padded_tokens = number(counts, "padded_tokens");
  facts.sequences = number(counts, "sequences");
  facts.rejected_max = number(all.at("options"), "rejected");
  facts.layout = layout_in(all.at("options"));
  for (json const& file : all.at("files"))
    facts.files.emplace_back(file.at("name").get<std::string>(), number(file, "bytes"),
                             sum_in(file.at("xxh64").get<std::string>()));
  for (json const& input : all.at("inputs")) facts.input_bytes += number(input, "bytes");
  return facts;
}

// Numbers that cannot all be true.
void check_counts(std::string const& path, manifest_facts const& facts) {
  if (facts.documents != facts.kept + facts.duplicate + facts.invalid + facts.empty)
    refuse_damage(path, "kept, duplicate, invalid and empty documents are not all documents");
  if (facts.dropped_tokens > facts.tokens)
    refuse_damage(path, "more tokens were dropped than there are");
  if (facts.layout.pack == pack_mode::none && facts.sequences != facts.kept)
    refuse_damage(path, "documents are sequences, but their numbers differ");
  if (facts.layout.pack == pack_mode::concat &&
      facts.sequences * facts.layout.seq_len != facts.written_tokens())
    refuse_damage(path, "the sequences do not hold the tokens");
}

}  // namespace

void refuse_damage(std::string_view path, std::string_view what) {
  throw error(error_kind::corruption,
              fmt::format("{}: {}; check the disk and make the result again", shown(path), what));
}

manifest_facts read_manifest(std::string const& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw usage_error(fmt::format(
        "{} is not there; name the folder of a result, the one after -o of sluice chunk",
        shown(path)));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_file_error("open", path, errno);
  try {
    auto const facts = facts_in(json::parse(file));
    check_counts(path, facts);
    return facts;
  } catch (json::exception const& refused) {
    refuse_damage(path, fmt::format("it is no manifest ({})", shown(refused.what())));
  }
}

}  // namespace sluice::tool
