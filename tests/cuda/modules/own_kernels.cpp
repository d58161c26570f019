// A module with one kernel and no CUDA, in the shape of what sluice_add_kernels() builds. Its
// launch fails with the kernel's name. With SLUICE_TEST_OTHER_VERSION set it serves no version.

#include <cstdio>
#include <cstdlib>

#include <sluice/cuda/detail/module_abi.hpp>

namespace {

int launch(int device, void*, sluice_cuda_launch const* launch, sluice_cuda_problem* problem) {
  problem->code = 1000 + device;
  std::snprintf(problem->call, sizeof problem->call, "own launch of %s", launch->kernel);
  return problem->code;
}

char const* kernel_name(std::size_t index) {
  return index == 0 ? "own" : nullptr;
}

constexpr sluice_cuda_kernels_table table = {sluice_cuda_abi_version, launch, kernel_name};

}  // namespace

extern "C" sluice_cuda_kernels_table const* sluice_cuda_kernels(int) {
  return std::getenv("SLUICE_TEST_OTHER_VERSION") == nullptr ? &table : nullptr;
}
