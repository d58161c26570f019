#include <sluice/cuda/detail/shared_library.hpp>

#include <dlfcn.h>
#include <unistd.h>

#include <vector>

namespace sluice::detail {

namespace {

// Of the library or program that holds `near`, with its last slash.
std::string folder_of(void const* near) {
  Dl_info found;
  if (::dladdr(near, &found) == 0 || found.dli_fname == nullptr) return {};
  std::string path = found.dli_fname;
  if (path.front() != '/') {  // the program, under the name it was called by
    char self[4096];
    ssize_t const length = ::readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0) return {};
    path.assign(self, static_cast<std::size_t>(length));
  }
  return path.substr(0, path.rfind('/') + 1);
}

std::string last_dl_error() {
  char const* const text = ::dlerror();
  return text != nullptr ? text : "no reason given";
}

}  // namespace

library_search open_library_at(std::string const& path) {
  library_search search;
  search.path = path;
  search.library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (search.library == nullptr) search.reason = last_dl_error();
  return search;
}

library_search open_library(std::string const& file, void const* near) {
  std::string looked_for;
  std::string const folder = folder_of(near);
  for (char const* const inner : {"", "sluice/", SLUICE_MODULE_FOLDER "/"}) {
    std::string path = folder;
    path.append(inner).append(file);
    if (!folder.empty() && ::access(path.c_str(), F_OK) == 0) return open_library_at(path);
    looked_for.append(path).append(", ");
  }
  // Without a folder in its name: on the run path, where an installed library has put its folder.
  library_search search = open_library_at(file);
  search.is_missing = search.reason.starts_with(file + ": cannot open shared object file");
  if (search.is_missing) search.reason = "it is not in " + looked_for + "nor on the library path";
  return search;
}

void* symbol_of(void* library, char const* name) noexcept {
  return ::dlsym(library, name);
}

}  // namespace sluice::detail
