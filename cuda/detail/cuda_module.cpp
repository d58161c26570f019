// Finding and opening the module that links CUDA.

#include <cstdlib>

#include <sluice/cuda/detail/cuda_driver.hpp>
#include <sluice/cuda/detail/shared_library.hpp>

namespace sluice::detail {

namespace {

cuda_module module_in(library_search const& found) {
  cuda_module opened;
  if (found.library == nullptr) {
    opened.reason = "the CUDA module cannot be opened: " + found.reason;
    return opened;
  }
  auto const entry = reinterpret_cast<sluice_cuda_driver_entry>(
      symbol_of(found.library, sluice_cuda_driver_entry_name));
  if (entry == nullptr) {
    opened.reason = found.path + " is no CUDA module of this library: it has no " +
                    sluice_cuda_driver_entry_name;
    return opened;
  }
  opened.table = entry(sluice_cuda_abi_version);
  if (opened.table == nullptr)
    opened.reason = "the CUDA module " + found.path + " is of another version; build it again";
  return opened;
}

}  // namespace

cuda_module open_cuda_module(std::string const& path) {
  return module_in(open_library_at(path));
}

cuda_module open_cuda_module() {
  if (char const* const path = std::getenv("SLUICE_CUDA_MODULE")) return open_cuda_module(path);
  library_search const search =
      open_library("sluice_cuda_driver.so", reinterpret_cast<void const*>(&module_in));
  cuda_module found = module_in(search);
  if (search.is_missing)
    found.reason =
        "there is no CUDA module: " + search.reason + "; build with nvcc, SLUICE_CUDA=ON";
  return found;
}

}  // namespace sluice::detail
