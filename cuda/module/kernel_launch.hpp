// What every CUDA module has: its kernels launched by name, and how its calls report.
//
//   Owner    each module has its own copy, over its own table of kernels and its own cudart; all of
//            them use the device's one primary context, so a stream of one serves in another.
//   Threads  any; each call sets its thread's current device first.
//   Errors   codes and text; whatever a body throws stops here.

#pragma once

#include <cuda_runtime_api.h>

#include <cstdio>
#include <exception>
#include <string_view>
#include <unordered_map>

#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/module/kernel_table.hpp>

namespace sluice::detail {

// After these every call to the context fails the same way.
inline bool is_sticky(int code) noexcept {
  switch (code) {
    case cudaErrorECCUncorrectable:
    case cudaErrorContained:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorTensorMemoryLeak:
      return true;
    default:
      return false;
  }
}

template <std::size_t N>
void put(char (&field)[N], char const* text) noexcept {
  std::string_view const all = text != nullptr ? text : "";
  field[all.copy(field, N - 1)] = '\0';
}

inline int report(cudaError_t code, char const* call, char const* text,
                  sluice_cuda_problem* problem) noexcept {
  problem->code = code;
  problem->is_sticky = is_sticky(code) ? 1 : 0;
  put(problem->call, call);
  put(problem->text, text);
  cudaGetLastError();  // so that a later call does not report it once more
  return code;
}

// `call` on the device; its name is for the report.
template <class Call>
int on_device(int device, char const* name, sluice_cuda_problem* problem, Call&& call) noexcept {
  cudaError_t code = cudaSetDevice(device);
  if (code != cudaSuccess) return report(code, "cudaSetDevice", cudaGetErrorString(code), problem);
  code = call();
  if (code != cudaSuccess) return report(code, name, cudaGetErrorString(code), problem);
  return 0;
}

inline cudaStream_t stream_of(void* handle) noexcept {
  return static_cast<cudaStream_t>(handle);
}

// A query says so of work that still runs. It is no error, but it is kept as the thread's last one,
// which the next launch would be judged by.
inline cudaError_t forgiven_if_not_ready(cudaError_t code) noexcept {
  if (code != cudaErrorNotReady) return code;
  cudaGetLastError();
  return cudaSuccess;
}

// What made a body throw. Thrust clears the last error before it throws; a context that is gone
// says so again.
inline cudaError_t cause_of_throw(void* stream) noexcept {
  cudaError_t code = cudaGetLastError();
  if (code == cudaSuccess) code = forgiven_if_not_ready(cudaStreamQuery(stream_of(stream)));
  return code == cudaSuccess ? cudaErrorUnknown : code;
}

inline device_kernel const* kernel_named(std::string_view name) {
  static auto const table = [] {
    std::unordered_map<std::string_view, device_kernel const*> all;
    for (auto const* each = device_kernel::first(); each != nullptr; each = each->next())
      all.emplace(each->name, each);
    return all;
  }();
  auto const found = table.find(name);
  return found != table.end() ? found->second : nullptr;
}

inline int run_kernel(sluice_cuda_launch const* launch, void* stream, char const* label,
                      sluice_cuda_problem* problem) noexcept {
  try {
    device_kernel const* const kernel = kernel_named(launch->kernel);
    if (kernel == nullptr)
      return report(cudaErrorInvalidDeviceFunction, label,
                    "it is in no CUDA module; compile its header with nvcc (sluice_add_kernels)",
                    problem);
    if (kernel->argument_bytes != launch->argument_bytes)
      return report(cudaErrorInvalidValue, label,
                    "its arguments differ from the module's; build both again", problem);
    device_exec const on(stream_of(stream), static_cast<std::byte*>(launch->workspace),
                         launch->workspace_bytes);
    kernel->run(launch->arguments, on);
    cudaError_t const code = cudaGetLastError();
    return code == cudaSuccess ? 0 : report(code, label, cudaGetErrorString(code), problem);
  } catch (std::exception const& thrown) {
    return report(cause_of_throw(stream), label, thrown.what(), problem);
  } catch (...) {
    return report(cause_of_throw(stream), label, "its body threw no std::exception", problem);
  }
}

inline int launch_kernel(int device, void* stream, sluice_cuda_launch const* launch,
                         sluice_cuda_problem* problem) {
  char label[sizeof problem->call];
  std::snprintf(label, sizeof label, "kernel '%s'", launch->kernel);
  int const code = on_device(device, label, problem, [] { return cudaSuccess; });
  return code != 0 ? code : run_kernel(launch, stream, label, problem);
}

inline char const* kernel_name(std::size_t index) {
  auto const* each = device_kernel::first();
  for (; each != nullptr && index > 0; --index) each = each->next();
  return each != nullptr ? each->name : nullptr;
}

}  // namespace sluice::detail
