// Text to tokens, end to end: the same bytes whatever the device, the threads and the limit.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <support/chunk_runs.hpp>
#include <support/scratch_folder.hpp>
#include <support/standard_input.hpp>

namespace sluice::test {
namespace {

std::uint64_t first_seed() {
  char const* const given = ::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

void expect_equal(chunk_output const& made, chunk_output const& expected) {
  EXPECT_TRUE(made.bin == expected.bin) << made.bin.size() << " for " << expected.bin.size();
  EXPECT_TRUE(made.idx == expected.idx) << made.idx.size() << " for " << expected.idx.size();
  for (auto const& [name, bytes] : expected.files)
    EXPECT_TRUE(made.files.contains(name) && made.files.at(name) == bytes) << name;
  EXPECT_EQ(made.files.size(), expected.files.size());
  EXPECT_EQ(made.report.counts.documents, expected.report.counts.documents);
  EXPECT_EQ(made.report.counts.kept, expected.report.counts.kept);
  EXPECT_EQ(made.report.counts.duplicate, expected.report.counts.duplicate);
  EXPECT_EQ(made.report.counts.invalid, expected.report.counts.invalid);
  EXPECT_EQ(made.report.counts.empty, expected.report.counts.empty);
  EXPECT_EQ(made.report.tokens, expected.report.tokens);
}

void expect_within_limits(chunk_output const& made) {
  for (auto const& pool : made.report.pools)
    EXPECT_LE(pool.figures.peak_bytes, pool.figures.limit_bytes) << name_of(pool.pool);
}

std::string const large_and_calm = " --device cpu --memory 1GiB --threads 1";

struct split_mode_case {
  char const* name;
  char const* typed;
};

class Chunk : public testing::TestWithParam<split_mode_case> {
 protected:
  std::string options(std::string const& rest) const { return GetParam().typed + rest; }
};

TEST_P(Chunk, MakesTheSameBytesOnTheCpuWithAnyThreadsAndMemory) {
  scratch_folder const folder;
  std::vector<std::string> const inputs{text_folder(folder.path("text"))};
  auto const expected = run_chunk(inputs, options(large_and_calm));
  for (char const* const rest : {" --memory 6MiB --threads 1", " --memory 8MiB --threads 2",
                                 " --memory 1GiB --threads 2", " --memory 64MiB --threads 5"}) {
    SCOPED_TRACE(rest);
    auto const made = run_chunk(inputs, options(" --device cpu") + rest);
    expect_equal(made, expected);
    expect_within_limits(made);
  }
}

TEST_P(Chunk, MakesTheSameBytesOnTheSimulatedDeviceWithAnySeed) {
  scratch_folder const folder;
  std::vector<std::string> const inputs{text_folder(folder.path("text"))};
  auto const expected = run_chunk(inputs, options(large_and_calm));
  char const* const rests[] = {" --memory 8MiB --threads 1", " --memory 1GiB --threads 2",
                               " --memory 8MiB --threads 2", " --memory 1GiB --threads 1",
                               " --memory 8MiB --threads 2 --device-memory 1MiB"};
  for (std::uint64_t seed = first_seed(), last = seed + 20; seed < last; ++seed) {
    auto const device = " --device sim:" + std::to_string(seed);
    auto const rest = device + rests[seed % std::size(rests)];
    SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed) + rest);
    auto const made = run_chunk(inputs, options(rest));
    expect_equal(made, expected);
    expect_within_limits(made);
  }
}

TEST_P(Chunk, TakesStandardInputInItsPlaceAsAFile) {
  scratch_folder const folder;
  std::string const seeded = folder.path("text");
  write_seeded_text(seeded, first_seed(), 300'000);
  std::string text;  // more than 8 MiB, so that none of it could be kept in memory
  for (std::size_t i = 0; text.size() < std::size_t{12} << 20; ++i)
    text += std::to_string(i * 7919 % 60'000) + (i % 40 == 0 ? "\n%\n" : "\n");
  auto const file = folder.write("piped", text);
  auto expected = run_chunk({seeded, file, seeded}, options(large_and_calm));
  for (auto& [name, bytes] : expected.files) {  // two of them name the file
    for (auto at = bytes.find(file); at != std::string::npos; at = bytes.find(file))
      bytes.replace(at, file.size(), "-");
  }
  for (char const* const rest :
       {" --device cpu --memory 8MiB --threads 1", " --device sim:2 --memory 8MiB --threads 2",
        " --device sim:3 --memory 1GiB --threads 1"}) {
    SCOPED_TRACE(rest);
    standard_input_text const piped(text);
    auto const made = run_chunk({seeded, "-", seeded}, options(rest));
    expect_equal(made, expected);
    expect_within_limits(made);
  }
}

TEST_P(Chunk, GivesTheSameResultWithHashesOfEightBits) {
  scratch_folder const folder;
  std::vector<std::string> const inputs{text_folder(folder.path("text"))};
  auto const expected = run_chunk(inputs, options(large_and_calm));
  tool::pipeline_hooks short_hashes;
  short_hashes.hash_bits = 8;
  for (char const* const device : {" --device cpu --memory 8MiB", " --device sim --memory 1GiB"}) {
    SCOPED_TRACE(device);
    expect_equal(run_chunk(inputs, options(device), short_hashes), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Modes, Chunk,
    testing::Values(
        split_mode_case{"Files", "--split file"}, split_mode_case{"Lines", "--split line"},
        split_mode_case{"Separators", "--split %"}, split_mode_case{"BlankLines", "--split blank"},
        split_mode_case{"LinesAsArrays", "--split line --format npy"},
        split_mode_case{"LinesCutAndFilledUp",
                        "--split line --pack concat --seq-len 777 --tail pad --format npy"},
        split_mode_case{"SeparatorsCutAndDropped", "--split % --pack concat --seq-len 2048"},
        split_mode_case{"LinesWithDuplicates", "--split line --dedup none"},
        split_mode_case{"SeparatorsWithDuplicates", "--split % --dedup none"}),
    [](auto const& mode) { return std::string(mode.param.name); });

TEST(ChunkOfFortunes, CountsWhatIsKnownOfThem) {
  char const* const fortunes = ::getenv("SLUICE_FORTUNES");
  if (fortunes == nullptr) GTEST_SKIP() << "SLUICE_FORTUNES names no folder";
  for (char const* const device : {"--device cpu", "--device sim"}) {
    auto const made = run_chunk({fortunes}, std::string("--split % ") + device);
    EXPECT_EQ(made.report.counts.documents, 14'475u);
    EXPECT_EQ(made.report.counts.kept, 14'317u);
    EXPECT_EQ(made.report.counts.duplicate, 79u);
    EXPECT_EQ(made.report.counts.invalid, 40u);
    EXPECT_EQ(made.report.counts.empty, 39u);
    EXPECT_EQ(made.report.tokens, 2'439'051u);
  }
}

// Four copies, one of which differs in its last byte only: each is larger than the limit.
TEST(ChunkOfHugeDocuments, KeepsTheFirstOfThoseLargerThanTheLimit) {
  scratch_folder const folder;
  std::string text;
  for (std::uint32_t i = 0; text.size() < std::size_t{10} << 20; ++i)
    text += std::to_string(i * 2654435761U) + (i % 9 == 0 ? "\n" : " ");
  folder.write("text/1", text);
  folder.write("text/2", text);
  text.back() ^= 1;
  folder.write("text/3", text);
  text.back() ^= 1;
  folder.write("text/4", text);
  for (char const* const device : {" --device cpu", " --device sim:5"}) {
    SCOPED_TRACE(device);
    auto const made =
        run_chunk({folder.path("text")}, std::string("--memory 8MiB --split file") + device);
    EXPECT_EQ(made.report.counts.documents, 4u);
    EXPECT_EQ(made.report.counts.kept, 2u);
    EXPECT_EQ(made.report.counts.duplicate, 2u);
    EXPECT_EQ(made.report.tokens, 2 * (text.size() + 1));
    EXPECT_EQ(made.bin.size(), 2 * made.report.tokens);
    expect_within_limits(made);
  }
}

// What is worst for the tables: the plan counts on it, so no wait for memory may be hopeless.
TEST(ChunkInLittleMemory, NeverStallsWhateverTheShapeOfTheText) {
  scratch_folder const folder;
  std::string numbers;
  for (int i = 0; i < 30'000; ++i) numbers += std::to_string(i) + "\n";
  folder.write("newlines/1", std::string(300'000, '\n'));
  folder.write("numbers/1", numbers);
  folder.write("letters/1", [] {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
      text += std::string(1, static_cast<char>('a' + i % 26)) + '\n';
    return text;
  }());
  for (int i = 0; i < 5'000; ++i) folder.write("files/" + std::to_string(i), "");
  for (int i = 0; i < 5'000; ++i) folder.write("bytes/" + std::to_string(i), "x");
  std::string long_line = std::string(3'000'000, 'y') + "\n";
  folder.write("mixed/1", numbers + long_line + numbers + long_line + std::string(5'000, '\n'));
  for (char const* const text : {"newlines", "numbers", "letters", "files", "bytes", "mixed"}) {
    for (char const* const split : {"--split file", "--split line", "--split blank", "--split y"}) {
      auto const expected = run_chunk({folder.path(text)}, split + large_and_calm);
      for (char const* const rest : {" --device cpu --memory 6MiB --threads 2",
                                     " --device sim:4 --memory 6MiB --device-memory 1MiB"}) {
        SCOPED_TRACE(std::string(text) + " " + split + rest);
        auto const made = run_chunk({folder.path(text)}, std::string(split) + rest);
        expect_equal(made, expected);
        expect_within_limits(made);
      }
    }
  }
}

TEST(ChunkInLittleMemory, SaysHowManyDocumentsItCanRemember) {
  scratch_folder const folder;
  std::string lines;
  for (int i = 0; i < 200'000; ++i) lines += std::to_string(i) + "\n";
  auto const file = folder.write("lines", lines);
  try {
    run_chunk({file}, "--split line --memory 6MiB --device cpu");
    FAIL() << "200,000 documents fit into 6MiB";
  } catch (error const& refused) {
    EXPECT_EQ(refused.kind(), error_kind::out_of_memory);
    EXPECT_NE(std::string(refused.what()).find("--memory"), std::string::npos) << refused.what();
  }
  auto const made = run_chunk({file}, "--split line --memory 6MiB --device cpu --dedup none");
  EXPECT_EQ(made.report.counts.kept, 200'000u);
}

// The sample depends on the input alone: also where documents span many chunks.
TEST(ChunkOfInvalidText, TellsOfTheFirstOnes) {
  scratch_folder const folder;
  folder.write("text/1", "fine\nbad \xFF\n\nalso \xC3\xA9 fine\n\xE2\x82");
  folder.write("text/2", "x\n" + std::string(300'000, 'y') + "\xED\xA0\x80" +
                             std::string(200'000, 'z') + "\nbad\\\x80\nnot told of \xFF\n");
  auto const typed = std::string("--split line --rejected 4");
  auto const expected = run_chunk({folder.path("text")}, typed + large_and_calm);
  auto const long_start = "\"start\":\"" + std::string(200, 'y') + "\"}\n";
  auto const source = "{\"source\":\"" + folder.path("text");
  EXPECT_EQ(expected.files.at("rejected.jsonl"),
            source + "/1\",\"document\":1,\"offset\":5,\"bytes\":5,\"fault_offset\":4," +
                "\"fault\":\"invalid start byte\",\"start\":\"bad \\\\xff\"}\n" + source +
                "/1\",\"document\":4,\"offset\":25,\"bytes\":2,\"fault_offset\":0," +
                "\"fault\":\"unexpected end of data\",\"start\":\"\\\\xe2\\\\x82\"}\n" + source +
                "/2\",\"document\":6,\"offset\":2,\"bytes\":500003,\"fault_offset\":300000," +
                "\"fault\":\"invalid continuation byte\"," + long_start + source +
                "/2\",\"document\":7,\"offset\":500006,\"bytes\":5,\"fault_offset\":4," +
                "\"fault\":\"invalid start byte\",\"start\":\"bad\\\\\\\\\\\\x80\"}\n");
  for (char const* const rest :
       {" --device cpu --memory 6MiB --threads 2", " --device sim:4 --memory 8MiB --threads 1"}) {
    SCOPED_TRACE(rest);
    expect_equal(run_chunk({folder.path("text")}, typed + rest), expected);
  }
  EXPECT_FALSE(run_chunk({folder.path("text")}, "--split line --rejected 0")
                   .files.contains("rejected.jsonl"));
}

TEST(ChunkOfNothing, MakesAnEmptyPair) {
  scratch_folder const folder;
  std::filesystem::create_directories(folder.path("empty"));
  auto const made = run_chunk({folder.path("empty")}, "--device cpu");
  EXPECT_EQ(made.report.counts.documents, 0u);
  EXPECT_EQ(made.bin, "");
  EXPECT_FALSE(made.report.first_chunk.has_value());
}

TEST(ChunkPipeline, EndsWithCancelledWhenItIsCancelledBeforeItBegins) {
  scratch_folder const folder;
  write_seeded_text(folder.path("text"), 1, 100'000);
  tool::chunk_pipeline pipeline(options_of("--device cpu"));
  auto const writer = std::make_shared<tool::shard_writer>(tool::shard_options(folder.path("out")));
  pipeline.cancel();
  try {
    pipeline.run(std::vector{folder.path("text/0/0")}, writer);
    FAIL() << "it ran";
  } catch (error const& stopped) {
    EXPECT_EQ(stopped.kind(), error_kind::cancelled);
  }
}

// A terminal or a pipe may stay open for ever without giving another byte.
TEST(ChunkPipeline, EndsWithCancelledWhileItWaitsForStandardInput) {
  for (char const* const threads : {"1", "2"}) {
    SCOPED_TRACE(threads);
    scratch_folder const folder;
    standard_input_line line;
    ASSERT_TRUE(line.send("the first half of a"));
    tool::chunk_pipeline pipeline(options_of(std::string("--device cpu --threads ") + threads));
    auto const writer =
        std::make_shared<tool::shard_writer>(tool::shard_options(folder.path("out")));
    std::thread impatient([&] {
      while (!line.is_drained()) std::this_thread::yield();
      pipeline.cancel();
    });
    try {
      pipeline.run(std::vector<std::string>{"-"}, writer);
      ADD_FAILURE() << "it ended as if the input had";
    } catch (error const& stopped) {
      EXPECT_EQ(stopped.kind(), error_kind::cancelled);
    }
    impatient.join();
  }
}

}  // namespace
}  // namespace sluice::test
