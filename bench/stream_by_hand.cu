#include <bench/stream_by_hand.hpp>

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace sluice::bench {

namespace {

void require_good(cudaError_t code, char const* call) {
  if (code == cudaSuccess) return;
  throw std::runtime_error(std::string(call) + ": " + cudaGetErrorString(code));
}

__global__ void scale(std::uint32_t const* from, std::uint32_t* to, std::size_t words,
                      std::uint32_t factor) {
  std::size_t const i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < words) to[i] = from[i] * factor;
}

template <class Allocate>
std::uint32_t* words_from(std::size_t words, char const* call, Allocate allocate) {
  void* memory = nullptr;
  require_good(allocate(&memory, words * sizeof(std::uint32_t)), call);
  return static_cast<std::uint32_t*>(memory);
}

}  // namespace

struct stream_by_hand::slot {
  cudaStream_t stream = nullptr;
  cudaEvent_t done = nullptr;
  std::uint32_t* host_in = nullptr;
  std::uint32_t* host_out = nullptr;
  std::uint32_t* device_in = nullptr;
  std::uint32_t* device_out = nullptr;
};

stream_by_hand::stream_by_hand(std::size_t words, std::size_t slots) : words_(words) {
  require_good(cudaSetDevice(0), "cudaSetDevice");
  auto const pinned = [](void** memory, std::size_t bytes) {
    return cudaHostAlloc(memory, bytes, cudaHostAllocPortable);
  };
  auto const device = [](void** memory, std::size_t bytes) { return cudaMalloc(memory, bytes); };
  slots_.resize(slots);
  for (slot& each : slots_) {
    require_good(cudaStreamCreateWithFlags(&each.stream, cudaStreamNonBlocking), "making a stream");
    require_good(cudaEventCreateWithFlags(&each.done, cudaEventDisableTiming), "making an event");
    each.host_in = words_from(words, "cudaHostAlloc", pinned);
    each.host_out = words_from(words, "cudaHostAlloc", pinned);
    each.device_in = words_from(words, "cudaMalloc", device);
    each.device_out = words_from(words, "cudaMalloc", device);
  }
}

stream_by_hand::~stream_by_hand() {
  for (slot& each : slots_) {
    cudaStreamSynchronize(each.stream);
    cudaFree(each.device_in);
    cudaFree(each.device_out);
    cudaFreeHost(each.host_in);
    cudaFreeHost(each.host_out);
    cudaEventDestroy(each.done);
    cudaStreamDestroy(each.stream);
  }
}

void stream_by_hand::run(std::size_t chunks, touch how) {
  std::size_t const bytes = words_ * sizeof(std::uint32_t);
  unsigned const block = 256;
  auto const blocks = static_cast<unsigned>((words_ + block - 1) / block);
  std::size_t const slots = slots_.size();
  for (std::size_t i = 0; i < chunks; ++i) {
    slot& each = slots_[i % slots];
    if (i >= slots) finish(each, i - slots, how);
    fill({each.host_in, words_}, i, how);
    require_good(
        cudaMemcpyAsync(each.device_in, each.host_in, bytes, cudaMemcpyHostToDevice, each.stream),
        "the copy up");
    scale<<<blocks, block, 0, each.stream>>>(each.device_in, each.device_out, words_, scale_factor);
    require_good(cudaGetLastError(), "the kernel");
    require_good(
        cudaMemcpyAsync(each.host_out, each.device_out, bytes, cudaMemcpyDeviceToHost, each.stream),
        "the copy down");
    require_good(cudaEventRecord(each.done, each.stream), "cudaEventRecord");
  }
  for (std::size_t i = chunks < slots ? 0 : chunks - slots; i < chunks; ++i)
    finish(slots_[i % slots], i, how);
}

void stream_by_hand::finish(slot& each, std::size_t chunk, touch how) const {
  require_good(cudaEventSynchronize(each.done), "cudaEventSynchronize");
  if (!is_scaled({each.host_out, words_}, chunk, how))
    throw std::runtime_error("by hand: chunk " + std::to_string(chunk) + " came back wrong");
}

}  // namespace sluice::bench
