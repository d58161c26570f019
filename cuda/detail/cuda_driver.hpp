// The driver over the CUDA module's table, and the words for why there is none.
//
//   Owner    a driver keeps the module open.
//   Errors   device_error, or device_lost where no later call can succeed.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include <sluice/cuda/detail/kernel_module.hpp>
#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice::detail {

// The module, opened; or the reason why it could not be.
struct cuda_module {
  sluice_cuda_driver_table const* table = nullptr;
  std::string reason;
};
cuda_module open_cuda_module();
// `path` alone, wherever else there may be one.
cuda_module open_cuda_module(std::string const& path);

// Empty when there are devices. `visible` is CUDA_VISIBLE_DEVICES, where it is set.
std::string why_no_device(sluice_cuda_facts const& facts,
                          std::optional<std::string> const& visible);

// Over any table, so that tests can script one. `kernels`: those that are launched elsewhere.
std::unique_ptr<driver> make_cuda_driver(sluice_cuda_driver_table const& table, int index,
                                         trace* log, kernel_launches kernels = {});

}  // namespace sluice::detail
