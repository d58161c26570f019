// Paths of many files: all of them come back, in their order, and take little memory.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/path_list.hpp>

namespace sluice::tool {
namespace {

std::uint64_t seed_of_run() {
  char const* const given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::vector<std::string> contents(path_list const& list) {
  std::vector<std::string> all;
  for (auto const& path : list) all.push_back(path);
  return all;
}

// Few letters, so that neighbours share much; now and then a path longer than two bytes can count.
std::vector<std::string> random_paths(std::mt19937_64& random) {
  std::vector<std::string> paths(random() % 5000);
  for (auto& path : paths) {
    path.resize(random() % 512 == 0 ? random() % 40000 : random() % 60);
    for (char& letter : path) letter = static_cast<char>("a/\xff"[random() % 3]);
  }
  return paths;
}

TEST(PathList, GivesBackEveryPathInOrderAndByItsPosition) {
  auto const seed = seed_of_run();
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 10; ++round) {
    auto const paths = random_paths(random);
    path_list const list(paths);
    ASSERT_EQ(list.size(), paths.size());
    ASSERT_EQ(contents(list), paths);
    for (int i = 0; i < 50 && !paths.empty(); ++i) {
      auto const position = random() % paths.size();
      ASSERT_EQ(list.at(position), paths[position]) << position;
    }
    ASSERT_THROW(list.at(paths.size()), misuse);
  }
}

TEST(PathList, MayHoldTheEmptyPathAndBeEmpty) {
  EXPECT_TRUE(contents({}).empty());
  std::vector<std::string> const paths{"", "", "a", ""};
  EXPECT_EQ(contents(paths), paths);
}

TEST(PathList, GrowsWithoutItsCopyGrowing) {
  path_list list(std::vector<std::string>{"one"});
  path_list const copy = list;
  list.add("once");
  EXPECT_EQ(contents(copy), std::vector<std::string>{"one"});
  EXPECT_EQ(contents(list), (std::vector<std::string>{"one", "once"}));
}

}  // namespace
}  // namespace sluice::tool
