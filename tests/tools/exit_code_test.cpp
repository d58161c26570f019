// C10: every kind of error has its line in docs/errors.md, with the exit code the command uses.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/exit_code.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::tool {
namespace {

std::string errors_page() {
  auto const here = std::filesystem::path(__FILE__).parent_path();
  return test::bytes_of_file((here / "../../docs/errors.md").string());
}

// Rows of the table of kinds: name and exit code.
std::map<std::string, int> documented_codes() {
  std::regex const row(R"(\| `(\w+)` \|.*\| (\d+) \|)");
  std::istringstream lines(errors_page());
  std::map<std::string, int> codes;
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_match(line, found, row)) codes[found[1]] = std::stoi(found[2]);
  return codes;
}

TEST(ErrorsPage, NamesEveryKindWithTheExitCodeTheCommandUses) {
  std::map<std::string, int> expected;
  for (std::size_t index = 0; index < error_kind_count; ++index) {
    auto const kind = static_cast<error_kind>(index);
    expected[std::string(name_of(kind))] = static_cast<int>(exit_code_of(kind));
  }
  EXPECT_EQ(expected.size(), error_kind_count) << "names are distinct";
  EXPECT_EQ(documented_codes(), expected);
}

TEST(ErrorsPage, ExplainsEveryExitCode) {
  auto const page = errors_page();
  for (auto const code :
       {exit_code::ok, exit_code::failed, exit_code::usage, exit_code::resources, exit_code::device,
        exit_code::files, exit_code::deadlock, exit_code::internal}) {
    auto const row = "\n| " + std::to_string(static_cast<int>(code)) + " | ";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  EXPECT_NE(page.find("\n| 130, 143 | "), std::string::npos);
}

}  // namespace
}  // namespace sluice::tool
