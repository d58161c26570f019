// The one symbol of a module that has a program's own kernels. One file of such a module includes
// this; sluice_add_kernels() writes that file.

#pragma once

#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/module/kernel_launch.hpp>

extern "C" __attribute__((visibility("default"))) sluice_cuda_kernels_table const*
sluice_cuda_kernels(int abi_version) {
  static constexpr sluice_cuda_kernels_table table = {
      sluice_cuda_abi_version, sluice::detail::launch_kernel, sluice::detail::kernel_name};
  return abi_version == sluice_cuda_abi_version ? &table : nullptr;
}
