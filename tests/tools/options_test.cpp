// The command line: what it means, and that every refusal is one line with something to do.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/tools/options.hpp>
#include <sluice/tools/sizes.hpp>
#include <sluice/tools/split_option.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {
namespace {

using words = std::vector<std::string>;

chunk_options parse_chunk(words arguments) {
  arguments.insert(arguments.begin(), {"chunk", "in", "-o", "out"});
  return parse_command(arguments).chunk;
}

std::string refusal_of(words const& arguments) {
  try {
    parse_command(arguments);
  } catch (usage_error const& refused) {
    return refused.what();
  }
  return "accepted";
}

std::string chunk_refusal_of(words arguments) {
  arguments.insert(arguments.begin(), {"chunk", "in", "-o", "out"});
  return refusal_of(arguments);
}

std::string separator_of(chunk_options const& options) {
  return std::string(tool::separator_of(options.split));
}

TEST(Options, HaveTheDocumentedDefaults) {
  auto const options = parse_chunk({});
  EXPECT_EQ(options.inputs, words{"in"});
  EXPECT_EQ(options.include, words{});
  EXPECT_EQ(options.output_folder, "out");
  EXPECT_EQ(options.split.mode, split_mode::file);
  EXPECT_TRUE(options.dedup);
  EXPECT_EQ(options.layout.pack, pack_mode::none);
  EXPECT_EQ(options.layout.format, shard_format::megatron);
  EXPECT_EQ(options.device.kind, chosen_device::automatic);
  EXPECT_FALSE(options.memory_bytes || options.device_memory_bytes || options.threads);
  EXPECT_EQ(options.rejected_max, 20u);
  EXPECT_EQ(options.spill_folder, "out");
  EXPECT_EQ(options.trace_path, "");
  EXPECT_FALSE(options.quiet || options.json || options.force);
}

TEST(Options, AreAllRead) {
  auto const options =
      parse_chunk({"more",        "--split",     "%",        "--dedup",   "none",
                   "--tokenizer", "bytes",       "--pack",   "concat",    "--seq-len",
                   "9",           "--tail",      "pad",      "--format",  "npy",
                   "--device",    "sim:7",       "--memory", "8MiB",      "--device-memory",
                   "2MiB",        "--spill-dir", "spill",    "--threads", "3",
                   "-q",          "--json",      "--force",  "--trace",   "t.json"});
  EXPECT_EQ(options.inputs, (words{"in", "more"}));
  EXPECT_EQ(separator_of(options), "%");
  EXPECT_FALSE(options.dedup);
  EXPECT_EQ(options.layout.pack, pack_mode::concat);
  EXPECT_EQ(options.layout.seq_len, 9u);
  EXPECT_EQ(options.layout.tail, tail_mode::pad);
  EXPECT_EQ(options.layout.format, shard_format::npy);
  EXPECT_EQ(options.device.kind, chosen_device::sim);
  EXPECT_EQ(options.device.seed, 7u);
  EXPECT_EQ(options.memory_bytes, 8u << 20);
  EXPECT_EQ(options.device_memory_bytes, 2u << 20);
  EXPECT_EQ(options.spill_folder, "spill");
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.trace_path, "t.json");
  EXPECT_TRUE(options.quiet && options.json && options.force);
}

TEST(Options, TakePatternsOneByOne) {
  auto const options = parse_chunk({"--include", "*.txt", "more", "--include", "-*"});
  EXPECT_EQ(options.include, (words{"*.txt", "-*"}));
  EXPECT_EQ(options.inputs, (words{"in", "more"}));
}

TEST(Options, TakeAnyLineAsASeparator) {
  for (std::string const separator : {"%", "---", "--", "-o", "file ", "a b", "\xff"}) {
    auto const options = parse_chunk({"--split=" + separator});
    EXPECT_EQ(options.split.mode, split_mode::separator) << separator;
    EXPECT_EQ(separator_of(options), separator);
  }
  EXPECT_EQ(parse_chunk({"--split", ""}).split.mode, split_mode::separator);
  EXPECT_EQ(parse_chunk({"--split", "blank"}).split.mode, split_mode::blank);
}

TEST(Options, NameTheDevice) {
  EXPECT_EQ(parse_device("cpu").kind, chosen_device::cpu);
  EXPECT_EQ(parse_device("cuda").index, 0u);
  EXPECT_EQ(parse_device("cuda:3").index, 3u);
  EXPECT_EQ(parse_device("sim:18446744073709551615").seed, UINT64_MAX);
  for (auto const text : {"", "gpu", "cpu:1", "auto:1", "cuda:", "cuda:-1", "cuda:1x", "cuda:256",
                          "sim:", "sim:18446744073709551616", "CUDA"})
    EXPECT_THROW(parse_device(text), usage_error) << text;
}

TEST(Options, ThatCannotBeUsedAreRefusedInOneLine) {
  std::vector<std::string> const refusals{
      refusal_of({"chunk"}),
      refusal_of({"chunk", "in"}),
      refusal_of({"chunk", "-o", "out"}),
      refusal_of({"chonk"}),
      refusal_of({"--colour"}),
      chunk_refusal_of({"--memory"}),
      chunk_refusal_of({"--memory", "8MB"}),
      chunk_refusal_of({"--memory", "1MiB"}),
      chunk_refusal_of({"--memory", "8MiB", "--memory", "9MiB"}),
      chunk_refusal_of({"--device-memory", "1"}),
      chunk_refusal_of({"--device", "tpu"}),
      chunk_refusal_of({"--dedup", "fuzzy"}),
      chunk_refusal_of({"--tokenizer", "gpt2"}),
      chunk_refusal_of({"--pack", "concat"}),
      chunk_refusal_of({"--pack", "best"}),
      chunk_refusal_of({"--seq-len", "9"}),
      chunk_refusal_of({"--tail", "drop"}),
      chunk_refusal_of({"--pack", "concat", "--seq-len", "2147483648"}),
      chunk_refusal_of({"--pack", "concat", "--seq-len", "9", "--tail", "cut"}),
      chunk_refusal_of({"--format", "mds"}),
      chunk_refusal_of({"--threads", "0"}),
      chunk_refusal_of({"--threads", "1025"}),
      chunk_refusal_of({"--split", "a\nb"}),
      chunk_refusal_of({"--include", ""}),
      chunk_refusal_of({"--rejected", "1001"}),
      chunk_refusal_of({"--nothing\nsuch"}),
  };
  for (auto const& line : refusals) {
    EXPECT_NE(line, "accepted");
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_NE(line.find("; "), std::string::npos) << "what to do: " << line;
  }
  EXPECT_EQ(chunk_refusal_of({"--memory", "1MiB"}),
            "--memory: 1MiB is too small; give at least 6MiB");
  EXPECT_EQ(chunk_refusal_of({"--dedup", "fuzzy"}),
            "--dedup: 'fuzzy' is not known; give exact or none");
}

TEST(Options, HelpNamesEveryOptionAndNothingRuns) {
  for (words const& arguments : {words{}, words{"--help"}, words{"-h"}}) {
    auto const help = parse_command(arguments);
    EXPECT_EQ(help.kind, command_kind::print);
    EXPECT_NE(help.text.find("sluice chunk corpus/ -o out/"), std::string::npos);
  }
  auto const help = parse_command({"chunk", "--help"});
  EXPECT_EQ(help.kind, command_kind::print);
  for (auto const option : {"INPUT",      "--include", "--split",  "--dedup",         "--tokenizer",
                            "--pack",     "--seq-len", "--tail",   "--format",        "-o",
                            "--rejected", "--device",  "--memory", "--device-memory", "--spill-dir",
                            "--threads",  "-q",        "--json",   "--force",         "--trace"})
    EXPECT_NE(help.text.find(option), std::string::npos) << option;
  EXPECT_EQ(parse_command({"--version"}).text, "sluice " SLUICE_VERSION "\n");
}

TEST(Options, OfInspectAndInfoAreRead) {
  auto const inspect = parse_command({"inspect", "out", "--json", "-q"});
  EXPECT_EQ(inspect.kind, command_kind::inspect);
  EXPECT_EQ(inspect.inspect.folder, "out");
  EXPECT_TRUE(inspect.inspect.json && inspect.inspect.quiet);
  EXPECT_EQ(parse_command({"info"}).kind, command_kind::info);
  EXPECT_NE(refusal_of({"inspect"}).find("no folder"), std::string::npos);
  EXPECT_NE(refusal_of({"info", "cpu"}), "accepted");
  for (auto const name : {"chunk", "inspect", "info"})
    EXPECT_NE(parse_command({"--help"}).text.find(name), std::string::npos) << name;
}

TEST(Sizes, AreReadStrictly) {
  EXPECT_EQ(parse_size("-", "0"), 0u);
  EXPECT_EQ(parse_size("-", "1000000"), 1'000'000u);
  EXPECT_EQ(parse_size("-", "12B"), 12u);
  EXPECT_EQ(parse_size("-", "3KiB"), 3072u);
  EXPECT_EQ(parse_size("-", "1GiB"), std::size_t{1} << 30);
  EXPECT_EQ(parse_size("-", "16777215TiB"), 16777215ull << 40);
  for (auto const text : {"", " 1", "1 MiB", "MiB", "-1", "+1", "1.5GiB", "8M", "8MB", "8mib",
                          "0x10", "16777216TiB", "18446744073709551616", "8MiBs"})
    EXPECT_THROW(parse_size("-", text), usage_error) << text;
}

TEST(Numbers, ThatAreNoneAreNotCalledOutOfRange) {
  auto const refusal = [](std::string_view text) -> std::string {
    try {
      parse_number("--n", text, {.least = 1, .most = 9});
      return "accepted";
    } catch (usage_error const& refused) {
      return refused.what();
    }
  };
  EXPECT_EQ(refusal("9"), "accepted");
  EXPECT_NE(refusal("10").find("out of range"), std::string::npos);
  for (auto const text : {"x", "", "-1", "1x"})
    EXPECT_NE(refusal(text).find("no such number"), std::string::npos) << text;
}

TEST(Sizes, AreShownExactlyOrRounded) {
  EXPECT_EQ(exact_size(0), "0");
  EXPECT_EQ(exact_size(1000), "1000");
  EXPECT_EQ(exact_size(1536 * 1024), "1536KiB");
  EXPECT_EQ(exact_size(std::size_t{1} << 50), "1024TiB");
  EXPECT_EQ(rounded_size(1023), "1023 B");
  EXPECT_EQ(rounded_size(1434 * 1024), "1.4 MiB");
  EXPECT_EQ(rounded_size(400u << 20), "400 MiB");
}

}  // namespace
}  // namespace sluice::tool
