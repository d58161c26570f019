#include <sluice/tools/inputs.hpp>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
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

class folder_entry {
 public:
  folder_entry(std::string bytes, bool folder) : name(std::move(bytes)), is_folder(folder) {
    if (is_folder) name += '/';
  }

  std::string name;  // a folder's ends with '/': so names have the order of the paths below
  bool is_folder;
};

// The files and folders in a folder; the last one first.
std::vector<folder_entry> entries_of(std::string const& folder) {
  std::vector<folder_entry> found;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    // The entry knows its kind from the folder; asking each file would cost more than reading it.
    bool const is_link = entry->is_symlink(failed);
    bool const is_folder = !failed && !is_link && entry->is_directory(failed);
    bool const is_file = !failed && !is_link && entry->is_regular_file(failed);
    if (failed) break;
    if (is_folder || is_file) found.emplace_back(entry->path().filename().string(), is_folder);
  }
  if (failed) refuse(folder, failed.message(), "make the folder readable or leave it out");
  std::ranges::sort(found, std::ranges::greater(), &folder_entry::name);  // as unsigned bytes
  return found;
}

// Calls `visit` for each regular file below `root`, in byte order of the path relative to it, which
// is what `visit` is given. Holds the entries of the folders on the way to it, and no others.
template <class F>
void walk(std::string const& root, F const& visit) {
  std::string below;  // the folder that the last of `levels` lists, with its '/'
  std::vector<std::vector<folder_entry>> levels{entries_of(root)};
  while (!levels.empty()) {
    auto& here = levels.back();
    if (here.empty()) {
      levels.pop_back();
      if (!below.empty()) below.erase(below.rfind('/', below.size() - 2) + 1);
      continue;
    }
    folder_entry const next = std::move(here.back());
    here.pop_back();
    if (next.is_folder) {
      below += next.name;
      auto path = joined(root, below);
      path.pop_back();
      levels.push_back(entries_of(path));
    } else {
      visit(below + next.name);
    }
  }
}

// What folders hold, and how much of it was wanted.
class folder_search {
 public:
  explicit folder_search(std::vector<std::string> const& include) : include_(include) {}

  void add(std::string const& root, path_list& files) {
    walk(root, [&](std::string const& name) {
      ++found_;
      if (!is_wanted(name)) return;
      auto const path = joined(root, name);
      require_readable(path);
      files.add(path);
      ++wanted_;
    });
    ++folders_;
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

void add_argument(std::string const& argument, folder_search& folders, path_list& files) {
  std::error_code failed;
  auto const status = fs::status(argument, failed);
  if (!fs::status_known(status) || !fs::exists(status))
    refuse(argument, failed ? failed.message() : "no such file", "check the path");
  if (fs::is_directory(status)) {
    folders.add(argument, files);
  } else if (fs::is_regular_file(status)) {
    require_readable(argument);
    files.add(argument);
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
      list.files.add(argument);
    } else {
      add_argument(argument, folders, list.files);
    }
    list.arguments.emplace_back(argument, list.files.size() - before);
  }
  folders.require_match();
  return list;
}

void refuse_as_input(path_list const& files, std::vector<std::string> const& outputs) {
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
