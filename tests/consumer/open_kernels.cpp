// Opens the modules of kernels that this program names, as the driver does when it opens a device,
// and prints the kernels' names. So a machine without a GPU can tell whether they would be found.

#include <cstdio>

#include <sluice/cuda/detail/kernel_module.hpp>
#include <sluice/cuda/error.hpp>

int main() {
  sluice_cuda_driver_table driver{};
  driver.kernel_name = [](std::size_t) -> char const* { return nullptr; };
  try {
    for (auto const& [name, launch] : sluice::detail::open_kernel_modules(driver))
      std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
  } catch (sluice::error const& refused) {
    std::printf("%s\n", refused.what());
    return 1;
  }
}
