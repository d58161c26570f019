// A result is all of its files or none, and nothing of an older one stays beside it.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/checksum.hpp>
#include <sluice/tools/result_files.hpp>
#include <sluice/tools/shard_writer.hpp>
#include <sluice/tools/usage_error.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::tool {
namespace {

using test::bytes_of_file;
using test::scratch_folder;
using names = std::set<std::string>;

names names_in(std::string const& folder) {
  names found;
  for (auto const& entry : std::filesystem::directory_iterator(folder))
    found.insert(entry.path().filename().string());
  return found;
}

TEST(ResultFiles, RefuseEveryNameThatAResultCanHave) {
  for (auto const& path : result_files::paths_in("")) {
    scratch_folder const folder;
    folder.write(path, "old");
    EXPECT_THROW(result_files(folder.path(), false), usage_error) << path;
    EXPECT_NO_THROW(result_files(folder.path(), true)) << path;
  }
}

TEST(ResultFiles, NeedAFolderAndNoFileInItsPlace) {
  scratch_folder const folder;
  auto const file = folder.write("out", "text");
  EXPECT_THROW(result_files(file, true), usage_error);
  EXPECT_EQ(bytes_of_file(file), "text");
}

TEST(ResultFiles, OfAnOlderResultAreGoneWhenTheNewOneIsThere) {
  scratch_folder const folder;
  for (auto const& path : result_files::paths_in("")) folder.write(path, "old");
  folder.write("mine.txt", "no result");
  result_files result(folder.path(), true);
  result.add("tokens.bin");
  result.add("manifest.json");
  EXPECT_EQ(bytes_of_file(folder.path("tokens.bin")), "old");
  result.publish();
  EXPECT_EQ(names_in(folder.path()), (names{"tokens.bin", "manifest.json", "mine.txt"}));
  EXPECT_EQ(bytes_of_file(folder.path("tokens.bin")), "");
}

TEST(ResultFiles, HaveNoNameWhenOneOfThemCannotHaveIts) {
  scratch_folder const folder;
  {
    result_files result(folder.path(), false);
    result.add("tokens.bin");
    result.add("tokens.idx");
    result.add("manifest.json");
    folder.write("manifest.json", "of another run");
    EXPECT_THROW(result.publish(), io_error);
  }
  EXPECT_EQ(names_in(folder.path()), names{"manifest.json"});
}

TEST(ShardWriter, TellsWhatItHasWritten) {
  scratch_folder const folder;
  shard_options options(folder.path());
  options.buffer_bytes = 64;
  shard_writer writer(options);
  std::vector<std::uint16_t> const tokens(1000, 77);
  writer.append(tokens);
  writer.end_document();
  writer.finish_shards();
  writer.add_text("rejected.jsonl", "{}\n");
  EXPECT_EQ(writer.files().size(), 3u);
  writer.publish();
  for (written_file const& each : writer.files()) {
    auto const sum = sum_of_file(folder.path(each.name));
    EXPECT_EQ(sum.bytes, each.bytes) << each.name;
    EXPECT_EQ(hex_of(sum.xxh64), hex_of(each.xxh64)) << each.name;
  }
}

TEST(Checksum, IsXxh64) {
  scratch_folder const folder;
  EXPECT_EQ(hex_of(sum_of_file(folder.write("a", "")).xxh64), "ef46db3751d8e999");
  EXPECT_EQ(hex_of(sum_of_file(folder.write("b", "abc")).xxh64), "44bc2cf5ad770999");
}

}  // namespace
}  // namespace sluice::tool
