// The module's one symbol: the driver seam's calls on the CUDA runtime.
//
//   Threads  any; each call sets its thread's current device first.
//   Errors   codes and text; whatever is thrown below stops here.

#include <cuda_runtime_api.h>

#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/module/kernel_launch.hpp>

namespace {

using sluice::copy_direction;
using sluice::detail::forgiven_if_not_ready;
using sluice::detail::on_device;
using sluice::detail::put;
using sluice::detail::stream_of;

cudaEvent_t event_of(void* handle) noexcept {
  return static_cast<cudaEvent_t>(handle);
}

void facts(sluice_cuda_facts* found) {
  *found = {};
  if (cudaDriverGetVersion(&found->driver_version) != cudaSuccess) found->driver_version = 0;
  cudaRuntimeGetVersion(&found->runtime_version);
  cudaError_t const code = cudaGetDeviceCount(&found->devices);
  if (code != cudaSuccess) found->devices = 0;
  found->code = code;
  put(found->text, cudaGetErrorString(code));
  cudaGetLastError();
}

int open(int device, sluice_cuda_device* found, sluice_cuda_problem* problem) {
  return on_device(device, "opening the device", problem, [&] {
    cudaDeviceProp properties;
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
    cudaError_t code = cudaGetDeviceProperties(&properties, device);
    if (code == cudaSuccess) code = cudaMemGetInfo(&free_bytes, &total_bytes);
    if (code != cudaSuccess) return code;
    put(found->name, properties.name);
    found->free_bytes = free_bytes;
    found->total_bytes = total_bytes;
    return code;
  });
}

int allocate(int device, std::size_t bytes, void** memory, sluice_cuda_problem* problem) {
  return on_device(device, "cudaMalloc", problem, [&] { return cudaMalloc(memory, bytes); });
}

int free_device(int device, void* memory, sluice_cuda_problem* problem) {
  return on_device(device, "cudaFree", problem, [&] { return cudaFree(memory); });
}

int allocate_pinned(int device, std::size_t bytes, void** memory, sluice_cuda_problem* problem) {
  return on_device(device, "cudaHostAlloc", problem,
                   [&] { return cudaHostAlloc(memory, bytes, cudaHostAllocPortable); });
}

int free_pinned(int device, void* memory, sluice_cuda_problem* problem) {
  return on_device(device, "cudaFreeHost", problem, [&] { return cudaFreeHost(memory); });
}

int make_stream(int device, void** stream, sluice_cuda_problem* problem) {
  return on_device(device, "cudaStreamCreateWithFlags", problem, [&] {
    cudaStream_t made = nullptr;
    cudaError_t const code = cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking);
    *stream = made;
    return code;
  });
}

int destroy_stream(int device, void* stream, sluice_cuda_problem* problem) {
  return on_device(device, "cudaStreamDestroy", problem,
                   [&] { return cudaStreamDestroy(stream_of(stream)); });
}

int make_event(int device, void** event, sluice_cuda_problem* problem) {
  return on_device(device, "cudaEventCreateWithFlags", problem, [&] {
    cudaEvent_t made = nullptr;
    cudaError_t const code = cudaEventCreateWithFlags(&made, cudaEventDisableTiming);
    *event = made;
    return code;
  });
}

int destroy_event(int device, void* event, sluice_cuda_problem* problem) {
  return on_device(device, "cudaEventDestroy", problem,
                   [&] { return cudaEventDestroy(event_of(event)); });
}

int record(int device, void* event, void* stream, sluice_cuda_problem* problem) {
  return on_device(device, "cudaEventRecord", problem,
                   [&] { return cudaEventRecord(event_of(event), stream_of(stream)); });
}

int wait(int device, void* stream, void* event, sluice_cuda_problem* problem) {
  return on_device(device, "cudaStreamWaitEvent", problem,
                   [&] { return cudaStreamWaitEvent(stream_of(stream), event_of(event), 0); });
}

int is_done(int device, void* event, int* done, sluice_cuda_problem* problem) {
  return on_device(device, "cudaEventQuery", problem, [&] {
    cudaError_t const code = cudaEventQuery(event_of(event));
    *done = code == cudaSuccess ? 1 : 0;
    return forgiven_if_not_ready(code);
  });
}

int sync(int device, void* event, sluice_cuda_problem* problem) {
  return on_device(device, "cudaEventSynchronize", problem,
                   [&] { return cudaEventSynchronize(event_of(event)); });
}

int sync_stream(int device, void* stream, sluice_cuda_problem* problem) {
  return on_device(device, "cudaStreamSynchronize", problem,
                   [&] { return cudaStreamSynchronize(stream_of(stream)); });
}

int is_idle(int device, void* stream, int* idle, sluice_cuda_problem* problem) {
  return on_device(device, "cudaStreamQuery", problem, [&] {
    cudaError_t const code = cudaStreamQuery(stream_of(stream));
    *idle = code == cudaSuccess ? 1 : 0;
    return forgiven_if_not_ready(code);
  });
}

cudaMemcpyKind kind_of(int direction) noexcept {
  switch (static_cast<copy_direction>(direction)) {
    case copy_direction::host_to_device:
      return cudaMemcpyHostToDevice;
    case copy_direction::device_to_host:
      return cudaMemcpyDeviceToHost;
    case copy_direction::device_to_device:
      return cudaMemcpyDeviceToDevice;
  }
  return cudaMemcpyDefault;
}

int copy(int device, void* stream, void* to, void const* from, std::size_t bytes, int direction,
         sluice_cuda_problem* problem) {
  return on_device(device, "cudaMemcpyAsync", problem, [&] {
    return cudaMemcpyAsync(to, from, bytes, kind_of(direction), stream_of(stream));
  });
}

constexpr sluice_cuda_driver_table table = {sluice_cuda_abi_version,
                                            facts,
                                            open,
                                            allocate,
                                            free_device,
                                            allocate_pinned,
                                            free_pinned,
                                            make_stream,
                                            destroy_stream,
                                            make_event,
                                            destroy_event,
                                            record,
                                            wait,
                                            is_done,
                                            sync,
                                            sync_stream,
                                            is_idle,
                                            copy,
                                            sluice::detail::launch_kernel,
                                            sluice::detail::kernel_name};

}  // namespace

extern "C" __attribute__((visibility("default"))) sluice_cuda_driver_table const*
sluice_cuda_driver(int abi_version) {
  return abi_version == sluice_cuda_abi_version ? &table : nullptr;
}
