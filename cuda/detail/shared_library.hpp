// Finding and opening a module at run time.
//
//   Owner    a library that is open is never closed: CUDA's runtime keeps threads and exit handlers
//            of its own.
//   Errors   a library that cannot be opened is a reason, in words.

#pragma once

#include <string>

namespace sluice::detail {

class library_search {
 public:
  library_search() {}

  void* library = nullptr;
  bool is_missing = false;
  std::string path;    // of what was found
  std::string reason;  // why there is no library
};

// `path` alone.
library_search open_library_at(std::string const& path);

// `file` as a program is built and as it is installed: beside the program or library that holds
// `near`, in its folder of modules, and on the run path of this code.
library_search open_library(std::string const& file, void const* near);

void* symbol_of(void* library, char const* name) noexcept;

}  // namespace sluice::detail
