// Reading and splitting chunk by chunk gives the documents that splitting whole files gives.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/kernels/split.hpp>
#include <sluice/tools/split_option.hpp>
#include <sluice/tools/text_reader.hpp>
#include <sluice/tools/usage_error.hpp>
#include <support/kernel_device.hpp>
#include <support/scratch_folder.hpp>
#include <support/split_reference.hpp>
#include <support/standard_input.hpp>

namespace sluice::tool {
namespace {

using test::bytes_of_file;
using test::documents_of_file;
using test::pieces_of_chunk;
using test::scratch_folder;

struct read_limits {
  std::size_t buffer_bytes;
  std::size_t pieces_max;
};

struct reading_result {
  std::vector<std::string> documents;
  std::size_t chunks = 0;
  std::size_t bytes = 0;
};

// Checks what the header promises of one chunk, then appends its pieces to the documents.
void add_chunk(std::string_view text, text_fill const& fill, split_rule const& rule,
               std::size_t pieces_max, reading_result& result) {
  auto const pieces = pieces_of_chunk(text, fill.segments, rule, {fill.continues, fill.unfinished});
  ASSERT_LE(pieces.size(), pieces_max);
  ASSERT_LE(fill.segments.size(), pieces_max);
  std::size_t end = 0;
  for (auto const& s : fill.segments) {
    EXPECT_EQ(s.offset, end) << "segments have no gaps";
    EXPECT_TRUE(s.bytes > 0 || s.ends_file == 1) << "a segment of no bytes ends its file";
    EXPECT_TRUE(s.ends_file == 1 || &s == &fill.segments.back());
    EXPECT_TRUE(s.begins_file == 1 || &s == &fill.segments.front());
    end += s.bytes;
  }
  EXPECT_EQ(end, fill.bytes);
  ASSERT_TRUE(!pieces.empty() || !(fill.continues || fill.unfinished));
  for (auto const& p : pieces) {
    auto const bytes = text.substr(p.offset, p.length);
    if (p.begins == 0) {
      ASSERT_FALSE(result.documents.empty());
      result.documents.back() += bytes;
    } else {
      result.documents.emplace_back(bytes);
    }
  }
}

reading_result read_all(std::vector<std::string> const& paths, split_rule const& rule,
                        read_limits limits) {
  text_reader reader(paths, rule, limits.pieces_max);
  std::vector<std::byte> buffer(limits.buffer_bytes);
  reading_result result;
  bool unfinished = false;
  for (;;) {
    auto const fill = reader.fill(buffer);
    EXPECT_EQ(fill.continues, unfinished);
    unfinished = fill.unfinished;
    if (fill.segments.empty()) break;
    std::string_view const text(reinterpret_cast<char const*>(buffer.data()), fill.bytes);
    add_chunk(text, fill, rule, limits.pieces_max, result);
    ++result.chunks;
    result.bytes += fill.bytes;
    if (testing::Test::HasFatalFailure()) break;
  }
  EXPECT_FALSE(unfinished) << "every document ends";
  return result;
}

std::vector<std::string> documents_of_files(std::vector<std::string> const& paths,
                                            split_rule const& rule) {
  std::vector<std::string> documents;
  for (auto const& path : paths)
    for (auto& document : documents_of_file(bytes_of_file(path), rule))
      documents.push_back(std::move(document));
  return documents;
}

std::uint64_t seed_of_run() {
  char const* const given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::string random_text(std::mt19937_64& random, std::string_view alphabet, std::size_t bytes_max) {
  std::string text(std::uniform_int_distribution<std::size_t>(0, bytes_max)(random), ' ');
  std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
  for (char& c : text) c = alphabet[letter(random)];
  return text;
}

// The rules as users read them, on the cases that are easy to get wrong.
TEST(SplitRules, MeanWhatTheDocumentationSays) {
  using documents = std::vector<std::string>;
  auto const split = [](std::string_view text, std::string_view option) {
    return documents_of_file(text, parse_split(option));
  };
  EXPECT_EQ(split("", "file"), documents{""});
  EXPECT_EQ(split("a\n", "file"), documents{"a\n"});
  EXPECT_EQ(split("", "line"), documents{});
  EXPECT_EQ(split("\n", "line"), documents{""});
  EXPECT_EQ(split("a\r\nb", "line"), (documents{"a\r", "b"}));
  EXPECT_EQ(split("", "%"), documents{""});
  EXPECT_EQ(split("%", "%"), (documents{"", ""}));
  EXPECT_EQ(split("a\n\n%\n%\n%%\n", "%"), (documents{"a\n", "", "%%"}));
  EXPECT_EQ(split("a\n\nb\n", ""), (documents{"a", "b"}));
  EXPECT_EQ(split("\n\na", ""), (documents{"", "", "a"}));
  EXPECT_EQ(split("", "blank"), documents{});
  EXPECT_EQ(split("\n\n\n", "blank"), documents{});
  EXPECT_EQ(split("\n\na\nb\n\n\n \n\nc", "blank"), (documents{"a\nb", " ", "c"}));
  EXPECT_EQ(split("a\n\r\nb\n\n", "blank"), documents{"a\n\r\nb"});
}

TEST(SplitRules, RefuseASeparatorThatIsNoLine) {
  EXPECT_THROW(parse_split("a\nb"), usage_error);
  std::string const longest(separator_bytes_max, 'x');
  EXPECT_THROW(parse_split(longest + "x"), usage_error);
  EXPECT_EQ(parse_split(longest).separator_bytes, longest.size());
}

TEST(TextReader, GivesTheSameDocumentsForEveryChunkSize) {
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::string_view> const options{"file", "line", "blank", "%",  "%%",
                                              "a%a",  "",     "aa",    "%a%"};
  scratch_folder folder;
  for (int round = 0; round < 150; ++round) {
    std::vector<std::string> paths;
    auto const files = std::uniform_int_distribution<int>(0, 4)(random);
    for (int file = 0; file < files; ++file) {
      auto const text = random_text(random, round % 2 == 0 ? "\n%" : "\n\n%%a", 30);
      paths.push_back(folder.write(std::to_string(file), text));
    }
    for (auto const option : options) {
      auto const rule = parse_split(option);
      auto const expected = documents_of_files(paths, rule);
      for (auto bytes = text_reader::buffer_bytes_least(rule); bytes <= 40; ++bytes) {
        for (std::size_t const pieces_max : {4u, 5u, 7u, 1000u}) {
          auto const result = read_all(paths, rule, {bytes, pieces_max});
          ASSERT_EQ(result.documents, expected)
              << "round " << round << ", --split '" << option << "', chunks of " << bytes
              << " bytes and " << pieces_max << " pieces";
        }
      }
    }
  }
}

// The piece tables that the split kernel makes of the reader's chunks, on one place.
class ReaderAndSplit : public testing::TestWithParam<test::place> {
 protected:
  static std::vector<piece> split_on(test::kernel_device& device, text_fill const& fill,
                                     std::span<std::byte const> bytes, split_rule const& rule) {
    text_extent const extent{fill.bytes, fill.segments.size()};
    auto const text =
        device.upload(std::span(reinterpret_cast<std::uint8_t const*>(bytes.data()), fill.bytes));
    auto const segments = device.upload(fill.segments);
    auto const plan = device.make<std::uint32_t>(split_plan_size(extent));
    auto const count = device.make<std::uint32_t>(1);
    split_count(device.with_workspace(split_workspace_bytes(extent)), text, segments, rule,
                !fill.continues, plan, count);
    auto const table = device.make<piece>(device.download(count).front());
    split_table(device.plain(), text, segments, rule, !fill.continues, plan, table);
    return device.download(table);
  }
};
INSTANTIATE_TEST_SUITE_P(On, ReaderAndSplit, testing::ValuesIn(test::places()), test::place_name);

TEST_P(ReaderAndSplit, MakeThePiecesThatTheRulesSay) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  scratch_folder folder;
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> paths;
    for (int file = 0; file < 3; ++file)
      paths.push_back(folder.write(std::to_string(file), random_text(random, "\n\n%%a", 25)));
    for (std::string_view const option : {"file", "line", "blank", "%", "%%", ""}) {
      auto const rule = parse_split(option);
      test::kernel_device device(GetParam(), seed);
      text_reader reader(paths, rule, 20);
      std::vector<std::byte> buffer(text_reader::buffer_bytes_least(rule) + random() % 12);
      for (auto fill = reader.fill(buffer); !fill.segments.empty(); fill = reader.fill(buffer)) {
        std::string_view const text(reinterpret_cast<char const*>(buffer.data()), fill.bytes);
        ASSERT_EQ(split_on(device, fill, buffer, rule),
                  pieces_of_chunk(text, fill.segments, rule, {fill.continues, fill.unfinished}))
            << "--split '" << option << "', chunk \"" << text << '"';
      }
    }
  }
}

TEST(TextReader, ReadsFilesLargerThanOneReadStep) {
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  scratch_folder folder;
  std::vector<std::string> paths;
  for (int file = 0; file < 3; ++file)
    paths.push_back(
        folder.write(std::to_string(file), random_text(random, "\n%abcdefgh", 900'000)));
  for (auto const option : {"file", "line", "blank", "%"}) {
    auto const rule = parse_split(option);
    auto const expected = documents_of_files(paths, rule);
    for (std::size_t const bytes : {50'000u, 131'072u, 300'000u, 4'000'000u}) {
      auto const result = read_all(paths, rule, {bytes, bytes / 16});
      EXPECT_TRUE(result.documents == expected) << option << ", chunks of " << bytes << " bytes";
    }
  }
}

// What stands behind the last line that fits, or may become a separator, is read again: of standard
// input it cannot be asked for twice.
TEST(TextReader, GivesTheSameDocumentsOfStandardInput) {
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  scratch_folder folder;
  for (int round = 0; round < 4; ++round) {
    auto const letters = round % 2 == 0 ? "\n\n%a" : "\n%abcdefghijklmnopqrst";
    auto const text = random_text(random, letters, round < 2 ? 300 : 300'000);
    auto const first = folder.write("first", random_text(random, letters, 100));
    auto const middle = folder.write("middle", text);
    for (auto const option : {"file", "line", "blank", "%", "%a", ""}) {
      auto const rule = parse_split(option);
      auto const expected = documents_of_files({first, middle, first}, rule);
      for (std::size_t const bytes : {7u, 40u, 9'000u, 200'000u}) {
        if (bytes < 1000 && round >= 2) continue;
        test::standard_input_text const piped(text);
        auto const result = read_all({first, "-", first}, rule, {bytes, 4 + bytes / 16});
        ASSERT_TRUE(result.documents == expected)
            << "round " << round << ", --split '" << option << "', chunks of " << bytes;
      }
    }
  }
}

TEST(TextReader, FillsAChunkWithManySmallFiles) {
  scratch_folder folder;
  std::vector<std::string> paths;
  for (int file = 0; file < 100; ++file)
    paths.push_back(folder.write(std::to_string(file), "ten bytes."));
  auto const rule = parse_split("file");
  EXPECT_EQ(read_all(paths, rule, {1001, 1000}).chunks, 1u);
  EXPECT_EQ(read_all(paths, rule, {1001, 99}).chunks, 2u);
  auto const full = read_all(paths, rule, {1000, 1000});
  EXPECT_EQ(full.chunks, 2u) << "the end of the last file is seen by a chunk of no bytes";
  EXPECT_EQ(full.documents.size(), 100u);
}

TEST(TextReader, MakesSmallerChunksOfVeryShortLines) {
  scratch_folder folder;
  auto const path = folder.write("lines", std::string(1000, '\n'));
  auto const result = read_all({path}, parse_split("line"), {1000, 100});
  EXPECT_EQ(result.documents.size(), 1000u);
  EXPECT_EQ(result.chunks, 11u) << "99 pieces each: one is kept for a last line without an end";
}

TEST(TextReader, CountsThePieceBehindASeparatorThatEndsItsFile) {
  scratch_folder folder;
  std::vector<std::string> const paths(4, folder.write("two_empty_documents", "%"));
  auto const result = read_all(paths, parse_split("%"), {1000, 5});
  EXPECT_EQ(result.documents.size(), 8u);
  EXPECT_EQ(result.chunks, 4u) << "three such files have more pieces than 5";
}

TEST(TextReader, RefusesABufferThatMightNotPassASeparator) {
  auto const rule = parse_split("====");
  text_reader reader({}, rule, 100);
  std::vector<std::byte> buffer(text_reader::buffer_bytes_least(rule));
  EXPECT_TRUE(reader.fill(buffer).segments.empty());
  EXPECT_THROW(reader.fill(std::span(buffer).first(buffer.size() - 1)), misuse);
  EXPECT_THROW(text_reader({}, rule, text_reader::pieces_least - 1), misuse);
}

TEST(TextReader, NamesTheFileThatIsGone) {
  scratch_folder folder;
  text_reader reader(std::vector{folder.path("gone")}, parse_split("file"), 100);
  std::vector<std::byte> buffer(100);
  try {
    reader.fill(buffer);
    FAIL() << "reading a missing file must throw";
  } catch (io_error const& failed) {
    EXPECT_EQ(failed.error_number(), ENOENT);
    EXPECT_NE(std::string_view(failed.what()).find(folder.path("gone")), std::string_view::npos);
  }
}

}  // namespace
}  // namespace sluice::tool
