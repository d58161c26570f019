// Kernels of a program's own for CUDA devices, compiled into modules beside the driver's.
//
//   Owner    a kernel_module is a static object of the program that has the kernels, one for each
//            module; a module that is open stays open.
//   Threads  kernel_modules are made before main() or while a library is loaded; opening: any.
//   Errors   device_unavailable when a module cannot be opened, is of another version, or has a
//            kernel whose name is taken.

#pragma once

#include <string_view>
#include <unordered_map>

#include <sluice/cuda/detail/module_abi.hpp>

namespace sluice::detail {

class kernel_module {
 public:
  // `file`: a name without a folder. It is looked for beside the program or library that holds
  // this object, then where the CUDA driver's module is looked for.
  explicit kernel_module(char const* file) noexcept;
  kernel_module(kernel_module const&) = delete;
  kernel_module& operator=(kernel_module const&) = delete;

  static kernel_module const* first() noexcept;
  kernel_module const* next() const noexcept { return next_; }
  char const* file() const noexcept { return file_; }

 private:
  char const* const file_;
  kernel_module const* next_ = nullptr;
};

// A kernel's name and what launches it: the driver's own launch for kernels that are not in here.
using kernel_launch = int (*)(int device, void* stream, sluice_cuda_launch const* launch,
                              sluice_cuda_problem* problem);
using kernel_launches = std::unordered_map<std::string_view, kernel_launch>;

// The kernels of every kernel_module there is. `driver`: the table of the driver's module.
kernel_launches open_kernel_modules(sluice_cuda_driver_table const& driver);

}  // namespace sluice::detail
