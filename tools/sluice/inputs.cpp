#include <sluice/tools/inputs.hpp>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sluice/tools/files.hpp>
#include <sluice/tools/text_source.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

namespace fs = std::filesystem;

std::string joined(std::string const& folder, std::string const& below) {
  if (folder.empty() || folder.ends_with('/')) return folder + below;
  return folder + "/" + below;
}

[[noreturn]] void refuse(std::string const& path, std::string_view why, std::string_view advice) {
  throw usage_error(fmt::format("cannot read {}: {}; {}", shown(path), why, advice));
}

[[noreturn]] void refuse_standard_input(std::string_view why) {
  throw usage_error(
      fmt::format("cannot read standard input: {}; pipe text into it, as in: "
                  "cat corpus.txt | sluice chunk - -o out/",
                  why));
}

void require_readable(std::string const& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
    refuse(path, std::strerror(errno), "make it readable or leave it out");
}

// Appends the regular files of `root`/`below` and its folders, as paths relative to `root`.
void walk(std::string const& root, std::vector<std::string>& found) {
  std::vector<std::string> folders{""};
  while (!folders.empty()) {
    auto const below = std::move(folders.back());
    folders.pop_back();
    auto const here = below.empty() ? root : joined(root, below);
    std::error_code failed;
    fs::directory_iterator entry(here, failed);
    for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
      // The entry knows its kind from the folder; asking each file would cost more than reading it.
      bool const is_link = entry->is_symlink(failed);
      bool const is_folder = !failed && !is_link && entry->is_directory(failed);
      bool const is_file = !failed && !is_link && entry->is_regular_file(failed);
      if (failed) break;
      auto name = joined(below, entry->path().filename().string());
      if (is_folder)
        folders.push_back(std::move(name));
      else if (is_file)
        found.push_back(std::move(name));
    }
    if (failed) refuse(here, failed.message(), "make the folder readable or leave it out");
  }
}

// What folders hold, and how much of it was wanted.
class folder_search {
 public:
  explicit folder_search(std::vector<std::string> const& include) : include_(include) {}

  void add(std::string const& root, std::vector<std::string>& files) {
    std::vector<std::string> found;
    walk(root, found);
    std::ranges::sort(found);  // std::string compares bytes as unsigned
    for (auto const& name : found) {
      if (!is_wanted(name)) continue;
      files.push_back(joined(root, name));
      require_readable(files.back());
      ++wanted_;
    }
    ++folders_;
    found_ += found.size();
  }

  void require_match() const {
    if (include_.empty() || folders_ == 0 || wanted_ != 0) return;
    throw usage_error(fmt::format(
        "--include: none of the {} files found in folders matches '{}'; correct the pattern (it is "
        "compared with the path below the folder, and * matches / too)",
        found_, shown(fmt::format("{}", fmt::join(include_, "' or '")))));
  }

 private:
  // The command sets no locale, so patterns are compared byte by byte.
  bool is_wanted(std::string const& name) const {
    if (include_.empty()) return true;
    return std::ranges::any_of(include_, [&](std::string const& pattern) {
      return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
    });
  }

  std::vector<std::string> const& include_;
  std::size_t folders_ = 0;
  std::size_t found_ = 0;
  std::size_t wanted_ = 0;
};

void add_argument(std::string const& argument, folder_search& folders,
                  std::vector<std::string>& files) {
  std::error_code failed;
  auto const status = fs::status(argument, failed);
  if (!fs::status_known(status) || !fs::exists(status))
    refuse(argument, failed ? failed.message() : "no such file", "check the path");
  if (fs::is_directory(status)) {
    folders.add(argument, files);
  } else if (fs::is_regular_file(status)) {
    require_readable(argument);
    files.push_back(argument);
  } else {
    refuse(argument, "it is neither a file nor a folder", "write its text to a file first");
  }
}

}  // namespace

void require_standard_input(std::vector<std::string> const& arguments) {
  if (std::ranges::find(arguments, standard_input) == arguments.end()) return;
  int const flags = ::fcntl(STDIN_FILENO, F_GETFL);
  if (flags == -1) refuse_standard_input("it is closed");
  if ((flags & O_ACCMODE) == O_WRONLY) refuse_standard_input("it is open for writing only");
  if (::isatty(STDIN_FILENO) == 1) refuse_standard_input("it is a terminal");
  struct ::stat file = {};
  if (::fstat(STDIN_FILENO, &file) == 0 && S_ISDIR(file.st_mode))
    refuse_standard_input("it is a folder");
}

input_list list_inputs(std::vector<std::string> const& arguments,
                       std::vector<std::string> const& include) {
  input_list list;
  folder_search folders(include);
  bool has_standard_input = false;
  for (auto const& argument : arguments) {
    auto const before = list.files.size();
    if (argument == standard_input) {
      if (std::exchange(has_standard_input, true))
        throw usage_error("standard input (-) is named twice; it can be read once, name it once");
      list.files.push_back(argument);
    } else {
      add_argument(argument, folders, list.files);
    }
    list.arguments.emplace_back(argument, list.files.size() - before);
  }
  folders.require_match();
  return list;
}

void refuse_as_input(std::vector<std::string> const& files,
                     std::vector<std::string> const& outputs) {
  std::vector<std::pair<dev_t, ino_t>> there;
  for (auto const& output : outputs) {
    struct ::stat found = {};
    if (::stat(output.c_str(), &found) == 0) there.emplace_back(found.st_dev, found.st_ino);
  }
  if (there.empty()) return;
  for (auto const& file : files) {  // many: each is asked once
    struct ::stat each = {};
    int const failed =
        file == standard_input ? ::fstat(STDIN_FILENO, &each) : ::stat(file.c_str(), &each);
    if (failed == 0 &&
        std::ranges::find(there, std::pair(each.st_dev, each.st_ino)) != there.end()) {
      throw usage_error(
          fmt::format("{} is both an input and the result; choose another folder "
                      "with -o or leave it out of the inputs",
                      shown(file)));
    }
  }
}

}  // namespace sluice::tool
