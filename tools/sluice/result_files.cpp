#include <sluice/tools/result_files.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

// Those first that describe others.
constexpr std::array<std::string_view, 6> result_names{
    "manifest.json", "tokens.idx", "offsets.npy", "tokens.bin", "tokens.npy", "rejected.jsonl"};
constexpr std::size_t describing_names = 3;

void remove_if_there(std::string const& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_file_error("remove", path, errno);
}

}  // namespace

result_files::result_files(std::string folder, bool replace)
    : folder_(std::move(folder)), replace_(replace) {
  std::error_code failed;
  if (std::filesystem::exists(folder_, failed) && !std::filesystem::is_directory(folder_, failed))
    throw usage_error(
        fmt::format("-o: {} is there and is no folder; name another", shown(folder_)));
  std::filesystem::create_directories(folder_, failed);
  if (failed) throw_file_error("make the folder", folder_, failed.value());
  if (replace_) return;
  for (auto const& path : paths_in(folder_)) {
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, failed))) continue;
    throw usage_error(
        fmt::format("{} exists already; choose another folder with -o or replace it with --force",
                    shown(path)));
  }
}

std::vector<std::string> result_files::paths_in(std::string const& folder) {
  std::vector<std::string> paths;
  paths.reserve(result_names.size());
  for (auto const name : result_names) paths.push_back(folder + "/" + std::string(name));
  return paths;
}

std::string result_files::path_of(std::string_view name) const {
  return folder_ + "/" + std::string(name);
}

temporary_name& result_files::add(std::string_view name) {
  require(std::ranges::find(result_names, name) != result_names.end(), "a result has this name");
  return *files_.emplace_back(std::make_unique<temporary_name>(path_of(name)));
}

void result_files::publish() {
  if (replace_)
    for (std::size_t i = 0; i < describing_names; ++i) remove_if_there(path_of(result_names[i]));
  name_all();
  sync_folder(folder_);
}

void result_files::name_all() {
  std::size_t named = 0;
  try {
    for (auto const& file : files_) {
      if (replace_ && file == files_.back()) remove_leftovers();
      file->keep(replace_);
      ++named;
    }
  } catch (...) {
    for (std::size_t i = 0; i < named; ++i)  // part of a result is no result
      ::unlink(files_[i]->final_path().c_str());
    throw;
  }
}

// Of an earlier result, what this one has not.
void result_files::remove_leftovers() const {
  for (auto const& path : paths_in(folder_)) {
    bool const is_new =
        std::ranges::any_of(files_, [&](auto const& file) { return file->final_path() == path; });
    if (!is_new) remove_if_there(path);
  }
}

}  // namespace sluice::tool
