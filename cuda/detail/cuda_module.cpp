// Finding and opening the module that links CUDA.

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include <sluice/cuda/detail/cuda_driver.hpp>

namespace sluice::detail {

namespace {

#ifdef SLUICE_CUDA_MODULE_RELATIVE
constexpr char const* relative_path = SLUICE_CUDA_MODULE_RELATIVE;
#else
constexpr char const* relative_path = "../lib/sluice/sluice_cuda_driver.so";
#endif

// Of the library or program that holds this code.
std::string own_folder() {
  Dl_info found;
  if (::dladdr(reinterpret_cast<void*>(&own_folder), &found) == 0 || found.dli_fname == nullptr)
    return {};
  std::string path = found.dli_fname;
  if (path.front() != '/') {  // the program, under the name it was called by
    char self[4096];
    ssize_t const length = ::readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0) return {};
    path.assign(self, static_cast<std::size_t>(length));
  }
  return path.substr(0, path.rfind('/') + 1);
}

std::vector<std::string> usual_paths() {
  std::vector<std::string> paths;
  if (std::string const folder = own_folder(); !folder.empty()) {
    paths.push_back(folder + "sluice/sluice_cuda_driver.so");
    paths.push_back(folder + relative_path);
  }
#ifdef SLUICE_CUDA_MODULE_PATH
  paths.emplace_back(SLUICE_CUDA_MODULE_PATH);
#endif
  return paths;
}

std::string last_dl_error() {
  char const* const text = ::dlerror();
  return text != nullptr ? text : "no reason given";
}

}  // namespace

cuda_module open_cuda_module(std::string const& path) {
  cuda_module opened;
  // Never unloaded: CUDA's runtime keeps threads and exit handlers of its own.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    opened.reason = "the CUDA module cannot be opened: " + last_dl_error();
    return opened;
  }
  auto const entry =
      reinterpret_cast<sluice_cuda_driver_entry>(::dlsym(library, sluice_cuda_driver_entry_name));
  if (entry == nullptr) {
    opened.reason =
        path + " is no CUDA module of this library: it has no " + sluice_cuda_driver_entry_name;
    return opened;
  }
  opened.table = entry(sluice_cuda_abi_version);
  if (opened.table == nullptr)
    opened.reason = "the CUDA module " + path + " is of another version; build it again";
  return opened;
}

cuda_module open_cuda_module() {
  if (char const* const path = std::getenv("SLUICE_CUDA_MODULE"))
    return open_cuda_module(std::string(path));
  std::vector<std::string> const paths = usual_paths();
  for (std::string const& path : paths)
    if (::access(path.c_str(), F_OK) == 0) return open_cuda_module(path);
  cuda_module none;
  none.reason = "no CUDA module was built";
  if (!paths.empty())
    none.reason += " (looked for " + paths.back() + "); build with nvcc and SLUICE_CUDA=ON";
  return none;
}

}  // namespace sluice::detail
