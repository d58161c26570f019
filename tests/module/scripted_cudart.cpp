#include <module/scripted_cudart.hpp>

#include <cstdint>
#include <cstdio>
#include <utility>

namespace sluice::test {

cudaError_t cuda_script::play(std::string const& name, std::string const& arguments) {
  calls += name + "(" + arguments + ") ";
  auto const found = answers.find(name);
  if (found == answers.end()) return cudaSuccess;
  if (found->second != cudaSuccess) last_error = found->second;
  return found->second;
}

cuda_script& script() {
  static cuda_script one;
  return one;
}

namespace {

std::string text_of(void const* handle) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(handle));
}

template <class Handle>
Handle made(std::uintptr_t value) {
  return reinterpret_cast<Handle>(value);
}

}  // namespace

}  // namespace sluice::test

using sluice::test::made;
using sluice::test::script;
using sluice::test::text_of;

extern "C" {

cudaError_t cudaGetLastError() {
  return std::exchange(script().last_error, cudaSuccess);
}
char const* cudaGetErrorString(cudaError_t code) {
  static std::string text;
  text = "text of " + std::to_string(code);
  return text.c_str();
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return script().play("driver_version", "");
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return script().play("runtime_version", "");
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = 2;
  return script().play("device_count", "");
}
cudaError_t cudaSetDevice(int device) {
  return script().play("set_device", std::to_string(device));
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* found, int device) {
  std::snprintf(found->name, sizeof found->name, "scripted %d", device);
  return script().play("properties", std::to_string(device));
}
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  *free_bytes = 700;
  *total_bytes = 1000;
  return script().play("mem_info", "");
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  *memory = made<void*>(4096);
  return script().play("malloc", std::to_string(bytes));
}
cudaError_t cudaFree(void* memory) {
  return script().play("free", text_of(memory));
}
cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned flags) {
  *memory = made<void*>(8192);
  return script().play("host_alloc", std::to_string(bytes) + " flags " + std::to_string(flags));
}
cudaError_t cudaFreeHost(void* memory) {
  return script().play("free_host", text_of(memory));
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  *stream = made<cudaStream_t>(11);
  return script().play("make_stream", "flags " + std::to_string(flags));
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return script().play("destroy_stream", text_of(stream));
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return script().play("query_stream", text_of(stream));
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return script().play("wait",
                       text_of(stream) + " " + text_of(event) + " flags " + std::to_string(flags));
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  *event = made<cudaEvent_t>(22);
  return script().play("make_event", "flags " + std::to_string(flags));
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return script().play("destroy_event", text_of(event));
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return script().play("record", text_of(event) + " " + text_of(stream));
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  return script().play("query", text_of(event));
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return script().play("sync", text_of(event));
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return script().play("drain", text_of(stream));
}
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return script().play("copy", text_of(to) + " " + text_of(from) + " " + std::to_string(bytes) +
                                   " kind " + std::to_string(kind) + " on " + text_of(stream));
}

}  // extern "C"
