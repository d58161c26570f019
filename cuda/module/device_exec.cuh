// What a kernel body compiled by nvcc runs with; host_exec in cuda/launch.hpp is its counterpart.
//
//   Units    bytes.
//   Owner    the workspace is the launch's; it is free again when the stream has run the body's
//            work.
//   Streams  a body enqueues on stream() and never waits for it.

#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include <sluice/cuda/view.hpp>

namespace sluice {

class device_exec {
 public:
  device_exec(cudaStream_t stream, std::byte* workspace, std::size_t workspace_bytes) noexcept
      : stream_(stream), workspace_(workspace), workspace_bytes_(workspace_bytes) {}

  // A pointer for device code.
  template <class V>
  auto* data(V const& view) const noexcept {
    return raw_view::data(view);
  }
  cudaStream_t stream() const noexcept { return stream_; }
  std::byte* workspace() const noexcept { return workspace_; }
  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

 private:
  cudaStream_t stream_;
  std::byte* workspace_;
  std::size_t workspace_bytes_;
};

}  // namespace sluice
