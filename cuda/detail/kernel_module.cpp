#include <sluice/cuda/detail/kernel_module.hpp>

#include <atomic>
#include <string>

#include <sluice/cuda/detail/shared_library.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice::detail {

namespace {

// Constant-initialised: static objects of other files add to it.
constinit std::atomic<kernel_module const*> newest{nullptr};

sluice_cuda_kernels_table const& open_kernels(kernel_module const& module) {
  library_search const found = open_library(module.file(), &module);
  std::string const what = "the program's kernels for CUDA, " + std::string(module.file());
  if (found.library == nullptr)
    throw device_unavailable(what + ", cannot be opened: " + found.reason);
  auto const entry = reinterpret_cast<sluice_cuda_kernels_entry>(
      symbol_of(found.library, sluice_cuda_kernels_entry_name));
  auto const* const table = entry != nullptr ? entry(sluice_cuda_abi_version) : nullptr;
  if (table == nullptr)
    throw device_unavailable(what + ", are of another version of this library; build them again");
  return *table;
}

}  // namespace

kernel_module::kernel_module(char const* file) noexcept : file_(file) {
  next_ = newest.load(std::memory_order_relaxed);
  while (!newest.compare_exchange_weak(next_, this, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
}

kernel_module const* kernel_module::first() noexcept {
  return newest.load(std::memory_order_acquire);
}

kernel_launches open_kernel_modules(sluice_cuda_driver_table const& driver) {
  kernel_launches all;
  kernel_module const* module = kernel_module::first();
  if (module == nullptr) return all;
  for (std::size_t i = 0; char const* const name = driver.kernel_name(i); ++i)
    all.emplace(name, driver.launch);
  for (; module != nullptr; module = module->next()) {
    sluice_cuda_kernels_table const& table = open_kernels(*module);
    for (std::size_t i = 0; char const* const name = table.kernel_name(i); ++i)
      if (!all.emplace(name, table.launch).second)
        throw device_unavailable("two kernels are named '" + std::string(name) +
                                 "', one of them in " + module->file() + "; rename one");
  }
  return all;
}

}  // namespace sluice::detail
