#include <sluice/tools/result.hpp>

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include <sluice/tools/checksum.hpp>
#include <sluice/tools/escaped_text.hpp>
#include <sluice/tools/rejected.hpp>
#include <sluice/tools/split_option.hpp>

namespace sluice::tool {

namespace {

using json = nlohmann::ordered_json;

constexpr int manifest_version = 1;

json inputs_of(input_list const& inputs, chunk_report const& report) {
  json all = json::array();
  std::size_t file = 0;
  for (input_argument const& argument : inputs.arguments) {
    std::uint64_t bytes = 0;
    for (auto const end = file + argument.files; file < end; ++file)
      bytes += report.file_bytes.at(file);
    all.push_back({{"path", escaped(argument.path)}, {"files", argument.files}, {"bytes", bytes}});
  }
  return all;
}

json options_of(chunk_options const& options) {
  json all;
  all["include"] = json::array();
  for (auto const& pattern : options.include) all["include"].push_back(escaped(pattern));
  all["split"] = name_of(options.split.mode);
  if (options.split.mode == split_mode::separator)
    all["separator"] = escaped(separator_of(options.split));
  all["dedup"] = options.dedup ? "exact" : "none";
  all["tokenizer"] = "bytes";
  all["pack"] = name_of(options.layout.pack);
  if (options.layout.pack == pack_mode::concat) {
    all["seq_len"] = options.layout.seq_len;
    all["tail"] = name_of(options.layout.tail);
  }
  all["format"] = name_of(options.layout.format);
  all["rejected"] = options.rejected_max;
  return all;
}

json counts_of(chunk_report const& report, sequence_counts const& packed) {
  document_counts const& of = report.counts;
  return {{"documents", of.documents},
          {"kept", of.kept},
          {"duplicate", of.duplicate},
          {"invalid", of.invalid},
          {"empty", of.empty},
          {"tokens", report.tokens},
          {"sequences", packed.sequences},
          {"dropped_tokens", packed.dropped_tokens},
          {"padded_tokens", packed.padded_tokens}};
}

json files_of(shard_writer const& writer) {
  json all = json::array();
  for (written_file const& file : writer.files())
    all.push_back({{"name", file.name}, {"bytes", file.bytes}, {"xxh64", hex_of(file.xxh64)}});
  return all;
}

}  // namespace

void finish_result(shard_writer& writer, chunk_options const& options, input_list const& inputs,
                   chunk_report const& report) {
  writer.finish_shards();
  std::string rejected;
  for (rejected_document const& document : report.rejected)
    rejected += json_line(document, inputs.files.at(document.file));
  if (!rejected.empty()) writer.add_text("rejected.jsonl", rejected);

  json manifest;
  manifest["manifest"] = manifest_version;
  manifest["inputs"] = inputs_of(inputs, report);
  manifest["options"] = options_of(options);
  manifest["counts"] = counts_of(report, writer.counts());
  manifest["files"] = files_of(writer);
  writer.add_text("manifest.json", manifest.dump(2) + "\n");
  writer.publish();
}

}  // namespace sluice::tool
