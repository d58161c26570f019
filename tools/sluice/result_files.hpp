// The files of a result: written under temporary names, and named together once all are whole.
//
//   Units    bytes.
//   Owner    the temporary files; they go with this unless publish() has named them.
//   Threads  one at a time.
//   Errors   results of an earlier run without `replace` are a usage_error, a full disk is
//            out_of_disk, any other refusal an io_error.
//   Flow     add -> (the writer writes and syncs) -> ... -> publish
//
// Files get their names in the order in which they were added, so one that describes others is
// added behind them. Of an earlier result what describes goes before anything is named, and
// what the new result does not have before its last file is named.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/files.hpp>

namespace sluice::tool {

class result_files {
 public:
  // Makes the folder if it is missing, and looks for results that are there.
  result_files(std::string folder, bool replace);

  // Of every result that a run can have, in `folder`.
  static std::vector<std::string> paths_in(std::string const& folder);

  std::string const& folder() const noexcept { return folder_; }
  std::string path_of(std::string_view name) const;

  // `name` is one of those a result can have. The reference holds until this goes.
  temporary_name& add(std::string_view name);

  // Every file that was added is on the disk.
  void publish();

 private:
  void remove_leftovers() const;
  void name_all();

  std::string const folder_;
  bool const replace_;
  std::vector<std::unique_ptr<temporary_name>> files_;
};

}  // namespace sluice::tool
