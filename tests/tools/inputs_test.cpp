// Which files a run reads and in which order: order is part of the result.

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <sluice/tools/inputs.hpp>
#include <sluice/tools/usage_error.hpp>
#include <support/scratch_folder.hpp>
#include <support/standard_input.hpp>

namespace sluice::tool {
namespace {

namespace fs = std::filesystem;
using paths = std::vector<std::string>;
using test::scratch_folder;

paths input_files(paths const& arguments, paths const& include = {}) {
  auto const list = list_inputs(arguments, include);
  paths found;
  for (auto const& path : list.files) found.push_back(path);
  return found;
}

std::string refusal_of(paths const& arguments) {
  try {
    input_files(arguments);
  } catch (usage_error const& refused) {
    return refused.what();
  }
  return "accepted";
}

TEST(Inputs, OfAFolderComeInByteOrderOfTheirRelativePath) {
  scratch_folder folder;
  // '.' is before '/', '/' before 'b', and bytes above 127 come last.
  for (auto const name : {"a/x", "a.txt", "ab", "B", "\xc3\xa4", "a/.hidden"})
    folder.write(std::string("in/") + name, "text");
  auto const in = folder.path("in");
  EXPECT_EQ(input_files({in}), (paths{in + "/B", in + "/a.txt", in + "/a/.hidden", in + "/a/x",
                                      in + "/ab", in + "/\xc3\xa4"}));
  EXPECT_EQ(input_files({in + "/"}).front(), in + "/B");
}

// Nothing is sorted as a whole: the order comes from the way the folders are walked.
TEST(Inputs, OfDeepFoldersComeInTheOrderOfTheirSortedPaths) {
  scratch_folder folder;
  paths expected;
  for (auto const a : {"a", "a.", "a0", "b"})
    for (auto const b : {"a", "a-", "ab/a", "ab/a.a/x", "ab/b/c/d", "z"})
      expected.push_back(folder.write(std::string("in/") + a + "/" + b, "text"));
  for (auto const file : {"a-", "a1", "0", "zz"})
    expected.push_back(folder.write(std::string("in/") + file, "text"));
  fs::create_directories(folder.path("in/a/nothing/in/it"));
  std::ranges::sort(expected);
  EXPECT_EQ(input_files({folder.path("in")}), expected);
}

TEST(Inputs, KeepTheOrderOfTheArguments) {
  scratch_folder folder;
  auto const z = folder.write("z", "");
  auto const inner = folder.write("folder/x", "");
  EXPECT_EQ(input_files({z, folder.path("folder"), z}), (paths{z, inner, z}));
}

TEST(Inputs, SayHowManyFilesEachArgumentStandsFor) {
  scratch_folder folder;
  auto const z = folder.write("z", "");
  folder.write("folder/x", "");
  folder.write("folder/y", "");
  auto const list = list_inputs({z, folder.path("folder"), "-"}, {"x"});
  ASSERT_EQ(list.arguments.size(), 3u);
  EXPECT_EQ(list.arguments[0].files, 1u);
  EXPECT_EQ(list.arguments[1].path, folder.path("folder"));
  EXPECT_EQ(list.arguments[1].files, 1u);
  EXPECT_EQ(list.arguments[2].files, 1u);
}

TEST(Inputs, FollowALinkThatIsNamedAndNoLinkThatIsFound) {
  scratch_folder folder;
  auto const file = folder.write("real/file", "");
  fs::create_symlink(file, folder.path("real/link"));
  fs::create_directory_symlink(folder.path("real"), folder.path("real/loop"));
  fs::create_directory_symlink(folder.path("real"), folder.path("named"));
  fs::create_symlink(file, folder.path("named_file"));
  EXPECT_EQ(input_files({folder.path("real")}), paths{file});
  EXPECT_EQ(input_files({folder.path("named"), folder.path("named_file")}),
            (paths{folder.path("named/file"), folder.path("named_file")}));
}

TEST(Inputs, PassOverPipesThatAreFoundAndRefuseOnesThatAreNamed) {
  scratch_folder folder;
  auto const pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(input_files({folder.path()}), paths{});
  EXPECT_NE(refusal_of({pipe}).find(pipe + ": it is neither a file nor a folder; "),
            std::string::npos);
}

TEST(Inputs, ThatAreMissingOrUnreadableAreNamed) {
  scratch_folder folder;
  EXPECT_NE(refusal_of({folder.path("gone")}).find(folder.path("gone")), std::string::npos);
  EXPECT_NE(refusal_of({""}).find("cannot read"), std::string::npos);
  fs::create_symlink(folder.path("gone"), folder.path("dangling"));
  EXPECT_NE(refusal_of({folder.path("dangling")}).find("dangling"), std::string::npos);
}

// Root may read everything: while this lives, the process has nobody's rights instead.
class without_root {
 public:
  without_root() : user_(::geteuid()) {
    if (user_ == 0 && ::seteuid(65534) != 0) ADD_FAILURE() << "cannot give up root's rights";
  }
  ~without_root() {
    if (::seteuid(user_) != 0) ADD_FAILURE() << "cannot take root's rights again";
  }
  without_root(without_root const&) = delete;
  without_root& operator=(without_root const&) = delete;

 private:
  uid_t const user_;
};

TEST(Inputs, ThatMayNotBeReadAreNamedBeforeTheRunStarts) {
  scratch_folder folder;
  auto const secret = folder.write("in/secret", "");
  fs::create_directory(folder.path("closed"));
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(secret, fs::perms::none);
  fs::permissions(folder.path("closed"), fs::perms::none);
  {
    without_root const limited;
    EXPECT_NE(refusal_of({folder.path("in")}).find(secret + ": Permission denied"),
              std::string::npos);
    EXPECT_NE(refusal_of({folder.path()}).find(folder.path("closed") + ": Permission denied"),
              std::string::npos);
  }
  fs::permissions(folder.path("closed"), fs::perms::owner_all);
}

TEST(Inputs, OfFoldersAreThoseThatMatchAPattern) {
  scratch_folder folder;
  for (auto const name : {"a.txt", "b.md", "c.text", ".txt", "deep/er/d.txt", "deep/e[1].md"})
    folder.write(std::string("in/") + name, "");
  auto const in = folder.path("in");
  auto const named = folder.write("named.bin", "");
  auto const found = [&](paths const& include) { return input_files({in, named}, include); };
  EXPECT_EQ(found({"*.txt"}), (paths{in + "/.txt", in + "/a.txt", in + "/deep/er/d.txt", named}));
  EXPECT_EQ(found({"?.txt", "*.md"}),
            (paths{in + "/a.txt", in + "/b.md", in + "/deep/e[1].md", named}));
  EXPECT_EQ(found({"deep/*"}), (paths{in + "/deep/e[1].md", in + "/deep/er/d.txt", named}));
  EXPECT_EQ(found({"[!a-b]*"}).size(), 5u);
  EXPECT_EQ(found({"deep/e[[]1].md"}), (paths{in + "/deep/e[1].md", named}));
}

TEST(Inputs, ThatMatchNoPatternAreRefusedUnlessNoFolderWasSearched) {
  scratch_folder folder;
  auto const file = folder.write("in/a.txt", "");
  EXPECT_EQ(input_files({file}, {"*.md"}), paths{file});
  try {
    input_files({file, folder.path()}, {"*.md", "a.txt"});
    FAIL() << "the path below the folder is in/a.txt";
  } catch (usage_error const& refused) {
    EXPECT_NE(std::string(refused.what())
                  .find("none of the 1 files found in folders matches "
                        "'*.md' or 'a.txt'"),
              std::string::npos)
        << refused.what();
  }
}

TEST(Inputs, TakeStandardInputOnceAndInItsPlace) {
  scratch_folder folder;
  auto const file = folder.write("-", "");
  EXPECT_EQ(input_files({file, "-", folder.path()}), (paths{file, "-", file}));
  EXPECT_NE(refusal_of({"-", file, "-"}).find("named twice"), std::string::npos);
}

TEST(Inputs, RefuseAStandardInputThatCannotBeRead) {
  test::standard_input_line const line;
  EXPECT_NO_THROW(require_standard_input({"-"}));
  scratch_folder folder;
  int const open_folder = ::open(folder.path().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(::dup2(open_folder, STDIN_FILENO), 0);
  EXPECT_NO_THROW(require_standard_input({folder.path()}));
  EXPECT_THROW(require_standard_input({folder.path(), "-"}), usage_error);
  ::close(open_folder);
  ::close(STDIN_FILENO);
  EXPECT_THROW(require_standard_input({"-"}), usage_error);
}

TEST(Inputs, MustNotBeTheResult) {
  scratch_folder folder;
  auto const text = folder.write("text", "");
  auto const result = folder.write("tokens.bin", "");
  EXPECT_THROW(
      refuse_as_input(paths{text, result}, {folder.path("gone"), folder.path("./tokens.bin")}),
      usage_error);
  EXPECT_NO_THROW(refuse_as_input(paths{text}, {result}));
  EXPECT_NO_THROW(refuse_as_input(paths{text}, {folder.path("not/there")}));
}

}  // namespace
}  // namespace sluice::tool
