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
#include <sluice/tools/split_rule.hpp>
#include <sluice/tools/text_reader.hpp>
#include <sluice/tools/usage_error.hpp>
#include <support/scratch_folder.hpp>
#include <support/split_reference.hpp>

namespace sluice::tool {
namespace {

using testing_support::bytes_of_file;
using testing_support::documents_of_file;
using testing_support::pieces_of_chunk;
using testing_support::scratch_folder;

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
  auto const pieces = pieces_of_chunk(text, fill.segments, fill.continues, rule);
  ASSERT_LE(pieces.size(), pieces_max);
  ASSERT_LE(fill.segments.size(), pieces_max);
  std::size_t end = 0;
  for (auto const& s : fill.segments) {
    EXPECT_EQ(s.offset, end) << "segments have no gaps";
    EXPECT_TRUE(s.bytes > 0 || s.ends_file) << "a segment of no bytes ends its file";
    EXPECT_TRUE(s.ends_file || &s == &fill.segments.back());
    EXPECT_TRUE(s.begins_file || &s == &fill.segments.front());
    end += s.bytes;
  }
  EXPECT_EQ(end, fill.bytes);
  ASSERT_TRUE(!pieces.empty() || !(fill.continues || fill.unfinished));
  for (auto const& p : pieces) {
    auto const bytes = text.substr(p.offset, p.bytes);
    if (fill.continues && &p == &pieces.front()) {
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
    return documents_of_file(text, split_rule::parse(option));
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
}

TEST(SplitRules, RefuseASeparatorThatIsNoLine) {
  EXPECT_THROW(split_rule::parse("a\nb"), usage_error);
  EXPECT_THROW(split_rule::parse(std::string(1025, 'x')), usage_error);
  EXPECT_EQ(split_rule::parse(std::string(1024, 'x')).separator().size(), 1024u);
}

TEST(TextReader, GivesTheSameDocumentsForEveryChunkSize) {
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::string_view> const options{"file", "line", "%", "%%", "a%a", "", "aa", "%a%"};
  scratch_folder folder;
  for (int round = 0; round < 150; ++round) {
    std::vector<std::string> paths;
    auto const files = std::uniform_int_distribution<int>(0, 4)(random);
    for (int file = 0; file < files; ++file) {
      auto const text = random_text(random, round % 2 == 0 ? "\n%" : "\n\n%%a", 30);
      paths.push_back(folder.write(std::to_string(file), text));
    }
    for (auto const option : options) {
      auto const rule = split_rule::parse(option);
      auto const expected = documents_of_files(paths, rule);
      for (auto bytes = text_reader::buffer_bytes_least(rule); bytes <= 40; ++bytes) {
        for (std::size_t const pieces_max : {4, 5, 7, 1000}) {
          auto const result = read_all(paths, rule, {bytes, pieces_max});
          ASSERT_EQ(result.documents, expected)
              << "round " << round << ", --split '" << option << "', chunks of " << bytes
              << " bytes and " << pieces_max << " pieces";
        }
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
  for (auto const option : {"file", "line", "%"}) {
    auto const rule = split_rule::parse(option);
    auto const expected = documents_of_files(paths, rule);
    for (std::size_t const bytes : {50'000u, 131'072u, 300'000u, 4'000'000u}) {
      auto const result = read_all(paths, rule, {bytes, bytes / 16});
      EXPECT_TRUE(result.documents == expected) << option << ", chunks of " << bytes << " bytes";
    }
  }
}

TEST(TextReader, FillsAChunkWithManySmallFiles) {
  scratch_folder folder;
  std::vector<std::string> paths;
  for (int file = 0; file < 100; ++file)
    paths.push_back(folder.write(std::to_string(file), "ten bytes."));
  auto const rule = split_rule::parse("file");
  EXPECT_EQ(read_all(paths, rule, {1001, 1000}).chunks, 1u);
  EXPECT_EQ(read_all(paths, rule, {1001, 99}).chunks, 2u);
  auto const full = read_all(paths, rule, {1000, 1000});
  EXPECT_EQ(full.chunks, 2u) << "the end of the last file is seen by a chunk of no bytes";
  EXPECT_EQ(full.documents.size(), 100u);
}

TEST(TextReader, MakesSmallerChunksOfVeryShortLines) {
  scratch_folder folder;
  auto const path = folder.write("lines", std::string(1000, '\n'));
  auto const result = read_all({path}, split_rule::parse("line"), {1000, 100});
  EXPECT_EQ(result.documents.size(), 1000u);
  EXPECT_EQ(result.chunks, 11u) << "99 pieces each: one is kept for a last line without an end";
}

TEST(TextReader, RefusesABufferThatMightNotPassASeparator) {
  auto const rule = split_rule::parse("====");
  text_reader reader({}, rule, 100);
  std::vector<std::byte> buffer(text_reader::buffer_bytes_least(rule));
  EXPECT_TRUE(reader.fill(buffer).segments.empty());
  EXPECT_THROW(reader.fill(std::span(buffer).first(buffer.size() - 1)), misuse);
  EXPECT_THROW(text_reader({}, rule, text_reader::pieces_least - 1), misuse);
}

TEST(TextReader, NamesTheFileThatIsGone) {
  scratch_folder folder;
  text_reader reader({folder.path("gone")}, split_rule::parse("file"), 100);
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
