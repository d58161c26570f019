#include <sluice/tools/options.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <sluice/tools/files.hpp>
#include <sluice/tools/memory_plan.hpp>
#include <sluice/tools/sizes.hpp>
#include <sluice/tools/split_option.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

// What CLI11 collects; judged afterwards, so that every refusal reads alike.
class typed_text {
 public:
  typed_text() = default;

  std::vector<std::string> inputs;
  std::vector<std::string> include;
  std::string output;
  std::string split = "file";
  std::string dedup = "exact";
  std::string tokenizer = "bytes";
  std::string pack = "none";
  std::string seq_len;
  std::string tail;
  std::string format = "megatron";
  std::string rejected = "20";
  std::string device = "auto";
  std::string memory;
  std::string device_memory;
  std::string spill_folder;
  std::string threads;
  std::string trace;
  bool quiet = false;
  bool json = false;
  bool force = false;
};

void add_text_options(CLI::App& chunk, typed_text& typed) {
  chunk
      .add_option("INPUT", typed.inputs,
                  "Files, folders with every regular file below them, - for standard input")
      ->option_text("...")
      ->group("Input");
  chunk
      .add_option("--include", typed.include,
                  "Of files found in folders take those whose path matches; may be repeated")
      ->option_text("GLOB")
      ->allow_extra_args(false)
      ->group("Input");
  chunk
      .add_option("--split", typed.split,
                  "What a document is: a file, a line, a run of lines between blank ones, or the "
                  "text between lines SEP")
      ->option_text("file|line|blank|SEP [file]")
      ->group("Input");
  chunk.add_option("--dedup", typed.dedup, "Of equal documents keep the first, or keep all")
      ->option_text("exact|none [exact]")
      ->group("Work");
  chunk.add_option("--tokenizer", typed.tokenizer, "One id per byte, 256 ends a document")
      ->option_text("bytes [bytes]")
      ->group("Work");
  chunk
      .add_option("--pack", typed.pack,
                  "One document is one sequence, or all tokens one after another are cut")
      ->option_text("none|concat [none]")
      ->group("Work");
  chunk.add_option("--seq-len", typed.seq_len, "Tokens of a sequence, for --pack concat")
      ->option_text("N")
      ->group("Work");
  chunk
      .add_option("--tail", typed.tail,
                  "What concat does with a last sequence that is too short: drop it, or fill it up")
      ->option_text("drop|pad [drop]")
      ->group("Work");
  chunk.add_option("-o,--output", typed.output, "Folder for the shards and their manifest.json")
      ->option_text("DIR")
      ->group("Output");
  chunk.add_option("--format", typed.format, "Layout of the result")
      ->option_text("megatron|npy [megatron]")
      ->group("Output");
  chunk
      .add_option("--rejected", typed.rejected,
                  "Tell of the first N documents that are not UTF-8, in rejected.jsonl")
      ->option_text("N [20]")
      ->group("Output");
  chunk.add_flag("--force", typed.force, "Replace an earlier result")->group("Output");
}

void add_machine_options(CLI::App& chunk, typed_text& typed) {
  chunk.add_option("--device", typed.device, "Where kernels run; auto: on a GPU if there is one")
      ->option_text("auto|cpu|cuda[:N]|sim[:SEED] [auto]")
      ->group("Machine");
  chunk.add_option("--memory", typed.memory, "Limit of all memory but the device's, as in 256MiB")
      ->option_text("SIZE [half of what the process may use]")
      ->group("Machine");
  chunk.add_option("--device-memory", typed.device_memory, "Limit of device memory")
      ->option_text("SIZE [all there is]")
      ->group("Machine");
  chunk
      .add_option("--spill-dir", typed.spill_folder,
                  "Where documents wait that do not fit into memory")
      ->option_text("DIR [the output folder]")
      ->group("Machine");
  chunk.add_option("--threads", typed.threads, "Worker threads")
      ->option_text("N [one per core]")
      ->group("Machine");
  chunk.add_flag("-q,--quiet", typed.quiet, "Print errors only, and no progress")->group("Report");
  chunk.add_flag("--json", typed.json, "Print the summary as one JSON object")->group("Report");
  chunk.add_option("--trace", typed.trace, "Write what ran when, for the Perfetto viewer")
      ->option_text("FILE")
      ->group("Report");
}

void add_inspect_options(CLI::App& inspect, inspect_options& look) {
  inspect.add_option("DIR", look.folder, "Folder of a result, as named by -o of sluice chunk")
      ->option_text(" ");
  inspect.add_flag("-q,--quiet", look.quiet, "Print errors only");
  inspect.add_flag("--json", look.json, "Print the counts as one JSON object");
}

void require_choice(std::string_view option, std::string const& text,
                    std::vector<std::string_view> const& choices) {
  if (std::ranges::find(choices, text) != choices.end()) return;
  throw usage_error(fmt::format("{}: '{}' is not known; give {}", option, shown(text),
                                fmt::join(choices, " or ")));
}

std::size_t parse_limit(std::string_view option, std::string const& text, std::size_t least) {
  auto const bytes = parse_size(option, text);
  if (bytes >= least) return bytes;
  throw usage_error(
      fmt::format("{}: {} is too small; give at least {}", option, shown(text), exact_size(least)));
}

shard_layout judged_layout(typed_text const& typed) {
  require_choice("--pack", typed.pack, {"none", "concat"});
  require_choice("--format", typed.format, {"megatron", "npy"});
  if (!typed.tail.empty()) require_choice("--tail", typed.tail, {"drop", "pad"});
  shard_layout layout;
  layout.format = typed.format == "npy" ? shard_format::npy : shard_format::megatron;
  if (typed.pack == "none") {
    for (auto const& [option, text] :
         {std::pair("--seq-len", &typed.seq_len), std::pair("--tail", &typed.tail)}) {
      if (text->empty()) continue;
      throw usage_error(
          fmt::format("{}: only concat cuts sequences; add --pack concat, or leave "
                      "this out",
                      option));
    }
    return layout;
  }
  if (typed.seq_len.empty())
    throw usage_error("--pack concat: no length; give one, as in: --seq-len 2048");
  layout.pack = pack_mode::concat;
  layout.seq_len = parse_number("--seq-len", typed.seq_len, {.least = 1, .most = seq_len_max});
  layout.tail = typed.tail == "pad" ? tail_mode::pad : tail_mode::drop;
  return layout;
}

chunk_options judged(typed_text const& typed) {
  if (typed.inputs.empty())
    throw usage_error(
        "chunk: no input; name a file or a folder, or - for standard input, as in: sluice chunk "
        "corpus/ -o out/");
  if (typed.output.empty())
    throw usage_error("chunk: no output folder; name one with -o, as in: -o out/");
  require_choice("--dedup", typed.dedup, {"exact", "none"});
  require_choice("--tokenizer", typed.tokenizer, {"bytes"});

  if (std::ranges::find(typed.include, "") != typed.include.end())
    throw usage_error("--include: the pattern is empty; give one, as in: --include '*.txt'");

  chunk_options options;
  options.inputs = typed.inputs;
  options.include = typed.include;
  options.output_folder = typed.output;
  options.split = parse_split(typed.split);
  options.layout = judged_layout(typed);
  options.dedup = typed.dedup == "exact";
  options.rejected_max = parse_number("--rejected", typed.rejected, {.least = 0, .most = 1000});
  options.device = parse_device(typed.device);
  if (!typed.memory.empty())
    options.memory_bytes = parse_limit("--memory", typed.memory, memory_bytes_least);
  if (!typed.device_memory.empty()) {
    options.device_memory_bytes =
        parse_limit("--device-memory", typed.device_memory, device_memory_bytes_least);
  }
  options.spill_folder = typed.spill_folder.empty() ? typed.output : typed.spill_folder;
  if (!typed.threads.empty())
    options.threads = parse_number("--threads", typed.threads, {.least = 1, .most = 1024});
  options.trace_path = typed.trace;
  options.quiet = typed.quiet;
  options.json = typed.json;
  options.force = typed.force;
  return options;
}

[[noreturn]] void refuse_parse(CLI::ParseError const& refused) {
  auto const* const help = "see sluice --help and sluice chunk --help";
  throw usage_error(fmt::format("{}; {}", shown(refused.what()), help));
}

inspect_options judged(inspect_options const& look) {
  if (look.folder.empty())
    throw usage_error("inspect: no folder; name that of a result, as in: sluice inspect out/");
  return look;
}

}  // namespace

device_choice parse_device(std::string_view text) {
  auto const colon = text.find(':');
  auto const name = text.substr(0, colon);
  bool const has_number = colon != std::string_view::npos;
  auto const number = has_number ? text.substr(colon + 1) : std::string_view{};
  device_choice choice;
  if (text == "auto") return choice;
  if (text == "cpu") {
    choice.kind = chosen_device::cpu;
    return choice;
  }
  if (name == "cuda") {
    choice.kind = chosen_device::cuda;
    if (has_number) {
      choice.index =
          static_cast<unsigned>(parse_number("--device cuda:N", number, {.least = 0, .most = 255}));
    }
    return choice;
  }
  if (name == "sim") {
    choice.kind = chosen_device::sim;
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (has_number)
      choice.seed = parse_number("--device sim:SEED", number, {.least = 0, .most = most});
    return choice;
  }
  throw usage_error(
      fmt::format("--device: '{}' is not known; give auto, cpu, cuda, cuda:N, sim or "
                  "sim:SEED",
                  shown(text)));
}

command parse_command(std::vector<std::string> arguments) {
  typed_text typed;
  CLI::App app("Makes data sets chunk by chunk, in bounded memory, on CPUs and GPUs.", "sluice");
  app.footer("Example: sluice chunk corpus/ -o out/ --split file --memory 256MiB");
  app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  app.require_subcommand(0, 1);
  auto* const chunk =
      app.add_subcommand("chunk", "Text in; deduplicated, tokenised token shards for training out");
  add_text_options(*chunk, typed);
  add_machine_options(*chunk, typed);
  inspect_options look;
  auto* const inspect = app.add_subcommand("inspect", "Read a result back and check all of it");
  add_inspect_options(*inspect, look);
  auto* const info = app.add_subcommand("info", "Versions, devices, and limits by default");

  command result;
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(arguments);
  } catch (CLI::CallForVersion const& version) {
    result.text = std::string(version.what()) + "\n";
    return result;
  } catch (CLI::CallForHelp const&) {
    result.text = app.help();
    return result;
  } catch (CLI::ParseError const& refused) {
    refuse_parse(refused);
  }
  if (chunk->parsed()) {
    result.kind = command_kind::chunk;
    result.chunk = judged(typed);
  } else if (inspect->parsed()) {
    result.kind = command_kind::inspect;
    result.inspect = judged(look);
  } else if (info->parsed()) {
    result.kind = command_kind::info;
  } else {
    result.text = app.help();
  }
  return result;
}

}  // namespace sluice::tool
