#include <sluice/tools/inputs.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <sluice/tools/files.hpp>
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
      if (is_folder) folders.push_back(std::move(name));
      if (is_file) found.push_back(std::move(name));
    }
    if (failed) refuse(here, failed.message(), "make the folder readable or leave it out");
  }
}

void add_folder(std::string const& root, std::vector<std::string>& files) {
  std::vector<std::string> found;
  walk(root, found);
  std::ranges::sort(found);  // std::string compares bytes as unsigned
  for (auto const& name : found) {
    files.push_back(joined(root, name));
    require_readable(files.back());
  }
}

}  // namespace

std::vector<std::string> input_files(std::vector<std::string> const& arguments) {
  std::vector<std::string> files;
  for (auto const& argument : arguments) {
    std::error_code failed;
    auto const status = fs::status(argument, failed);
    if (!fs::status_known(status) || !fs::exists(status))
      refuse(argument, failed ? failed.message() : "no such file", "check the path");
    if (fs::is_directory(status)) {
      add_folder(argument, files);
    } else if (fs::is_regular_file(status)) {
      require_readable(argument);
      files.push_back(argument);
    } else {
      refuse(argument, "it is neither a file nor a folder", "write its text to a file first");
    }
  }
  return files;
}

void refuse_as_input(std::vector<std::string> const& files, std::string const& output) {
  struct ::stat there = {};
  if (::stat(output.c_str(), &there) != 0) return;
  for (auto const& file : files) {
    struct ::stat each = {};
    if (::stat(file.c_str(), &each) == 0 && each.st_dev == there.st_dev &&
        each.st_ino == there.st_ino) {
      throw usage_error(
          fmt::format("{} is both an input and the result; choose another folder "
                      "with -o or leave it out of the inputs",
                      shown(file)));
    }
  }
}

}  // namespace sluice::tool
