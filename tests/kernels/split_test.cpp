#include <sluice/kernels/split.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/kernels/detail/split.kernel.hpp>
#include <support/chunked_documents.hpp>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

using documents = std::vector<std::string>;

// The rules as split.hpp words them, one line at a time over whole files.
documents documents_of(std::string_view file, split_rule const& rule) {
  if (rule.mode == split_mode::file) return {std::string(file)};
  std::string_view const separator(reinterpret_cast<char const*>(rule.separator),
                                   rule.separator_bytes);
  documents all;
  std::string contents;
  auto const add = [&] {
    if (contents.ends_with('\n')) contents.pop_back();
    all.push_back(contents);
    contents.clear();
  };
  while (!file.empty()) {
    auto const end = file.find('\n');
    auto const line = file.substr(0, end);
    auto const whole = end == file.npos ? file : file.substr(0, end + 1);
    bool const ended = whole.size() != line.size();
    if (rule.mode == split_mode::line)
      all.emplace_back(line);
    else if (line == separator && (ended || !line.empty()))  // an empty one in blank mode
      add();
    else
      contents += whole;
    file.remove_prefix(whole.size());
  }
  if (rule.mode == split_mode::separator || rule.mode == split_mode::blank) add();
  if (rule.mode == split_mode::blank) std::erase(all, "");
  return all;
}

struct text_chunk {
  std::vector<std::uint8_t> text;
  std::vector<text_segment> segments;
  bool at_start = true;
};

// Cuts files into chunks as split.hpp asks for.
class cutter {
 public:
  cutter(random_source& random, split_rule const& rule, std::size_t chunk_bytes_max)
      : random_(random), rule_(rule), max_(chunk_bytes_max) {
    start_chunk(true);
  }

  void add(std::string_view file) {
    std::size_t at = 0;
    for (bool more = true; more;) {
      auto const left = file.size() - at;
      if (left <= room_ && !(left != 0 && below(random_, 4) == 0 && may_cut(file, file.size()))) {
        add_segment(file, at, file.size(), true);
        more = false;
        continue;
      }
      auto end = at + std::min(room_, left);
      while (end > at && !may_cut(file, end)) --end;
      // Nothing fits behind other files; a chunk of its own grows until it does.
      if (end == at && chunks_.back().segments.empty())
        for (end = at + 1; end < file.size() && !may_cut(file, end);) ++end;
      bool const ends = end == file.size() && !may_cut(file, end);
      if (end != at) add_segment(file, at, end, ends);
      more = !ends;
      at = end;
      start_chunk(ends || starts_document(file, at));
    }
  }

  std::vector<text_chunk> const& chunks() const { return chunks_; }

 private:
  std::string_view separator() const {
    return {reinterpret_cast<char const*>(rule_.separator), rule_.separator_bytes};
  }
  static std::size_t line_start(std::string_view file, std::size_t at) {
    return file.substr(0, at).rfind('\n') + 1;  // npos + 1 is 0
  }
  bool starts_document(std::string_view file, std::size_t at) const {
    if (at == 0) return true;
    if (rule_.mode == split_mode::file || file[at - 1] != '\n') return false;
    auto const start = line_start(file, at - 1);
    return rule_.mode == split_mode::line || file.substr(start, at - 1 - start) == separator();
  }
  bool may_cut(std::string_view file, std::size_t at) const {
    bool const by_lines = rule_.mode == split_mode::separator || rule_.mode == split_mode::blank;
    if (!by_lines || starts_document(file, at)) return true;
    auto const start = line_start(file, at);
    auto const line = file.substr(start, at - start);
    if (line.empty() && !separator().empty() && file.substr(at).starts_with('\n')) return true;
    return !separator().starts_with(line);
  }

  void start_chunk(bool at_start) {
    chunks_.emplace_back().at_start = at_start;
    room_ = 1 + below(random_, max_);
  }
  void add_segment(std::string_view file, std::size_t from, std::size_t to, bool ends) {
    auto& chunk = chunks_.back();
    chunk.segments.push_back(
        {static_cast<std::uint32_t>(chunk.text.size()), static_cast<std::uint32_t>(to - from),
         static_cast<std::uint8_t>(from == 0), static_cast<std::uint8_t>(ends), 0});
    chunk.text.insert(chunk.text.end(), file.begin() + static_cast<std::ptrdiff_t>(from),
                      file.begin() + static_cast<std::ptrdiff_t>(to));
    room_ -= std::min(room_, to - from);
  }

  random_source& random_;
  split_rule const rule_;
  std::size_t const max_;
  std::vector<text_chunk> chunks_;
  std::size_t room_ = 0;
};

// The bodies for devices as kernels of their own, so that host and sim can run them.
struct count_by_blocks_body {
  static constexpr char const* name = "test_split_count";
  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<text_segment> segments, split_rule rule,
                  bool at_start, out<std::uint32_t> plan, out<std::uint32_t> count) {
    detail::count_by_blocks(on, detail::source_of(on, text, segments, rule, at_start),
                            on.data(plan), on.data(count));
  }
};
struct table_by_blocks_body {
  static constexpr char const* name = "test_split_table";
  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<text_segment> segments, split_rule rule,
                  bool at_start, in<std::uint32_t> plan, out<piece> pieces) {
    detail::table_by_blocks(on, detail::source_of(on, text, segments, rule, at_start),
                            on.data(plan), on.data(pieces), pieces.size());
  }
};

enum class variant { as_launched, by_blocks };

std::vector<piece> split(kernel_device& device, variant how, text_chunk const& chunk,
                         split_rule const& rule) {
  text_extent const extent{chunk.text.size(), chunk.segments.size()};
  in<std::uint8_t> const text = device.upload(chunk.text);
  in<text_segment> const segments = device.upload(chunk.segments);
  auto const plan = device.make<std::uint32_t>(split_plan_size(extent));
  auto const count = device.make<std::uint32_t>(1);
  out<std::uint32_t> const write_plan = plan;
  in<std::uint32_t> const read_plan = plan;
  auto const to = device.with_workspace(split_workspace_bytes(extent));
  if (how == variant::by_blocks)
    to.run<count_by_blocks_body>(text, segments, rule, chunk.at_start, write_plan,
                                 static_cast<out<std::uint32_t>>(count));
  else
    split_count(to, text, segments, rule, chunk.at_start, write_plan, count);

  auto const pieces = device.make<piece>(device.download(count).front());
  if (how == variant::by_blocks)
    device.plain().run<table_by_blocks_body>(text, segments, rule, chunk.at_start, read_plan,
                                             static_cast<out<piece>>(pieces));
  else
    split_table(device.plain(), text, segments, rule, chunk.at_start, read_plan, pieces);
  return device.download(pieces);
}

// Joins the pieces of chunk after chunk, minding what text.hpp says of begins and ends.
class joiner {
 public:
  void add(text_chunk const& chunk, std::vector<piece> const& pieces) {
    std::size_t behind = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      auto const& each = pieces[i];
      ASSERT_LE(behind, each.offset) << "piece " << i << " is out of order";
      behind = std::size_t{each.offset} + each.length;
      ASSERT_LE(behind, chunk.text.size());
      ASSERT_EQ(each.begins, open_ ? 0 : 1) << "piece " << i;
      ASSERT_EQ(each.unused, 0);
      ASSERT_TRUE(each.ends != 0 || i + 1 == pieces.size()) << "piece " << i;
      contents_.append(reinterpret_cast<char const*>(chunk.text.data()) + each.offset, each.length);
      open_ = each.ends == 0;
      if (open_) continue;
      all_.push_back(contents_);
      contents_.clear();
    }
  }
  bool is_open() const { return open_; }
  documents const& all() const { return all_; }

 private:
  documents all_;
  std::string contents_;
  bool open_ = false;
};

std::string random_file(random_source& random, std::string_view letters, std::size_t longest) {
  std::string file(below(random, 5) == 0 ? 0 : below(random, longest + 1), ' ');
  for (auto& each : file) each = letters[below(random, letters.size())];
  return file;
}

struct rule_case {
  split_rule rule;
  std::string_view letters;
};

std::vector<rule_case> rule_cases() {
  return {{split_rule::by_file(), "ab\n"},
          {split_rule::by_line(), "ab\n"},
          {split_rule::by_line(), "abcdefghijklmnopqrstuvwxyz0123456789\n"},
          {split_rule::by_separator("%"), "%a\n\n"},
          {split_rule::by_separator("%"), "abcdefgh%\n"},
          {split_rule::by_separator("%%"), "%%%\n\n"},
          {split_rule::by_separator("%a%"), "%%a\n\n"},
          {split_rule::by_separator(""), "ab\n\n"},
          {split_rule::by_blank_lines(), "ab\n\n"},
          {split_rule::by_blank_lines(), "abcdefgh\n"},
          {split_rule::by_blank_lines(), "a\n\n\n\n\n\n\n\n\n\n\n\n"}};
}

void splits_as_whole_files_do(place const& at, variant how, std::uint64_t seed,
                              rule_case const& tried, std::size_t chunk_bytes_max) {
  random_source random(seed);
  cutter cut(random, tried.rule, chunk_bytes_max);
  documents expected;
  for (auto files = 1 + below(random, 8); files != 0; --files) {
    auto const file = random_file(random, tried.letters, 4 * chunk_bytes_max);
    cut.add(file);
    auto const of_file = documents_of(file, tried.rule);
    expected.insert(expected.end(), of_file.begin(), of_file.end());
  }
  joiner joined;
  kernel_device device(at, seed);
  for (auto const& chunk : cut.chunks()) {
    auto const pieces = split(device, how, chunk, tried.rule);
    ASSERT_NO_FATAL_FAILURE(joined.add(chunk, pieces));
    device.next_stream();
  }
  ASSERT_FALSE(joined.is_open());
  ASSERT_EQ(joined.all(), expected);
  device.check_canaries();
}

void splits_at_every_rule(place const& at, variant how) {
  for (auto const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    for (auto const& each : rule_cases()) {
      for (std::size_t const chunk_bytes_max : {3u, 17u, 900u}) {
        SCOPED_TRACE(std::string(each.letters) + ", chunks of " + std::to_string(chunk_bytes_max));
        ASSERT_NO_FATAL_FAILURE(splits_as_whole_files_do(at, how, seed, each, chunk_bytes_max));
      }
    }
  }
}

class Split : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Split, testing::ValuesIn(places()), place_name);

// Only the driver module has kernels for a GPU, and these bodies are the test's.
class SplitByBlocks : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, SplitByBlocks, testing::Values(place(), device_places().front()),
                         place_name);

TEST_P(Split, OfChunksIsTheSplitOfWholeFiles) {
  SLUICE_SKIP_WITHOUT(GetParam());
  splits_at_every_rule(GetParam(), variant::as_launched);
}

TEST_P(SplitByBlocks, OfChunksIsTheSplitOfWholeFiles) {
  splits_at_every_rule(GetParam(), variant::by_blocks);
}

// C17: both bodies fill the table with the same bytes.
TEST_P(SplitByBlocks, FillsTheSameTableAsTheWalk) {
  for (auto const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    for (auto const& each : rule_cases()) {
      random_source random(seed);
      cutter cut(random, each.rule, 2000);
      for (std::size_t files = 6; files != 0; --files)
        cut.add(random_file(random, each.letters, 1500));
      kernel_device device(GetParam(), seed);
      for (auto const& chunk : cut.chunks())
        ASSERT_EQ(split(device, variant::as_launched, chunk, each.rule),
                  split(device, variant::by_blocks, chunk, each.rule));
    }
  }
}

std::vector<piece> split_file(place const& at, split_rule const& rule, std::string_view file) {
  text_chunk chunk;
  chunk.text.assign(file.begin(), file.end());
  chunk.segments = {{0, static_cast<std::uint32_t>(file.size()), 1, 1, 0}};
  kernel_device device(at, 1);
  return split(device, variant::as_launched, chunk, rule);
}

TEST_P(Split, ByLineHasNoDocumentBehindTheLastLineEnd) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const line = split_rule::by_line();
  EXPECT_EQ(split_file(GetParam(), line, ""), (std::vector<piece>{}));
  EXPECT_EQ(split_file(GetParam(), line, "a\n"), (std::vector<piece>{{0, 1, 1, 1, 0}}));
  EXPECT_EQ(split_file(GetParam(), line, "\n\nb"),
            (std::vector<piece>{{0, 0, 1, 1, 0}, {1, 0, 1, 1, 0}, {2, 1, 1, 1, 0}}));
}

TEST_P(Split, BySeparatorCountsEmptyDocumentsAndDropsOneLineEnd) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const percent = split_rule::by_separator("%");
  EXPECT_EQ(split_file(GetParam(), percent, ""), (std::vector<piece>{{0, 0, 1, 1, 0}}));
  std::vector<piece> const a_and_empty = {{0, 1, 1, 1, 0}, {3, 0, 1, 1, 0}};
  EXPECT_EQ(split_file(GetParam(), percent, "a\n%"), a_and_empty);
  std::vector<piece> const a_and_empty_later = {{0, 1, 1, 1, 0}, {4, 0, 1, 1, 0}};
  EXPECT_EQ(split_file(GetParam(), percent, "a\n%\n"), a_and_empty_later);
  EXPECT_EQ(split_file(GetParam(), percent, "a\n\n%%\n"), (std::vector<piece>{{0, 5, 1, 1, 0}}));
}

TEST_P(Split, ByBlankLinesHasNoEmptyDocuments) {
  SLUICE_SKIP_WITHOUT(GetParam());
  auto const blank = split_rule::by_blank_lines();
  EXPECT_EQ(split_file(GetParam(), blank, ""), (std::vector<piece>{}));
  EXPECT_EQ(split_file(GetParam(), blank, "\n\n"), (std::vector<piece>{}));
  EXPECT_EQ(split_file(GetParam(), blank, "a\n"), (std::vector<piece>{{0, 1, 1, 1, 0}}));
  EXPECT_EQ(split_file(GetParam(), blank, "\na\nb\n\n\n\nc"),
            (std::vector<piece>{{1, 3, 1, 1, 0}, {8, 1, 1, 1, 0}}));
}

TEST_P(Split, EndsADocumentWithAnEmptyPieceWhenItsTerminatorComesFirst) {
  SLUICE_SKIP_WITHOUT(GetParam());
  text_chunk chunk;
  chunk.text = {'\n', 'x'};
  chunk.segments = {{0, 2, 0, 0, 0}};
  chunk.at_start = false;
  kernel_device device(GetParam(), 1);
  EXPECT_EQ(split(device, variant::as_launched, chunk, split_rule::by_line()),
            (std::vector<piece>{{0, 0, 0, 1, 0}, {1, 1, 1, 0, 0}}));
}

TEST(Split, RefusesSeparatorsThatAreNoLineOrTooLong) {
  EXPECT_THROW(split_rule::by_separator("a\nb"), misuse);
  EXPECT_THROW(split_rule::by_separator(std::string(separator_bytes_max + 1, '-')), misuse);
  EXPECT_EQ(split_rule::by_separator(std::string(separator_bytes_max, '-')).separator_bytes,
            separator_bytes_max);
}

TEST(Split, FindsSeparatorsOfTheGreatestLength) {
  std::string const separator(separator_bytes_max, '-');
  auto const file = "a\n" + separator + "\nb\n" + separator + "-\n";
  auto const pieces = split_file(place(), split_rule::by_separator(separator), file);
  std::vector<piece> const expected = {{0, 1, 1, 1, 0},
                                       {259, 2 + separator_bytes_max + 1, 1, 1, 0}};
  EXPECT_EQ(pieces, expected);
}

// A mistake of the caller: loud where the host runs the work, and nowhere a wild write.
TEST(Split, KeepsInsideATableOfAnotherSizeThanWasCounted) {
  kernel_device device(place(), 1);
  std::string const letters = "a\nb\nc\n";
  in<std::uint8_t> const text =
      device.upload(std::vector<std::uint8_t>(letters.begin(), letters.end()));
  in<text_segment> const segments = device.upload(std::vector<text_segment>{{0, 6, 1, 1, 0}});
  auto const plan = device.make<std::uint32_t>(split_plan_size({6, 1}));
  auto const rule = split_rule::by_line();
  device.with_workspace(split_workspace_bytes({6, 1}))
      .run<count_by_blocks_body>(text, segments, rule, true, static_cast<out<std::uint32_t>>(plan),
                                 static_cast<out<std::uint32_t>>(device.make<std::uint32_t>(1)));
  for (std::size_t const size : {2u, 4u}) {
    auto const pieces = device.make<piece>(size);
    EXPECT_THROW(split_table(device.plain(), text, segments, rule, true, plan, pieces),
                 internal_error);
    device.plain().run<table_by_blocks_body>(text, segments, rule, true,
                                             static_cast<in<std::uint32_t>>(plan),
                                             static_cast<out<piece>>(pieces));
    auto const found = device.download(pieces);
    EXPECT_EQ(found[1], (piece{2, 1, 1, 1, 0}));
    if (size == 4) {
      EXPECT_EQ(found[3], piece());
    }
  }
  device.check_canaries();
}

TEST(Split, RefusesAPlanAWorkspaceOrACountOfTheWrongSize) {
  kernel_device device(place(), 1);
  auto const rule = split_rule::by_line();
  in<std::uint8_t> const text = device.make<std::uint8_t>(1000);
  in<text_segment> const segments = device.make<text_segment>(1);
  text_extent const extent{1000, 1};
  auto const plan_size = split_plan_size(extent);
  auto const workspace_bytes = split_workspace_bytes(extent);
  auto const count = [&](std::size_t workspace, std::size_t plan, std::size_t counts) {
    split_count(device.with_workspace(workspace), text, segments, rule, true,
                device.make<std::uint32_t>(plan), device.make<std::uint32_t>(counts));
  };
  EXPECT_THROW(count(workspace_bytes - 1, plan_size, 1), misuse);
  EXPECT_THROW(count(workspace_bytes, plan_size - 1, 1), misuse);
  EXPECT_THROW(count(workspace_bytes, plan_size, 2), misuse);
}

}  // namespace
}  // namespace sluice::test
