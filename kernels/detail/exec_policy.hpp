// How a kernel body computes at its place: the Thrust policy, loops over indices, scans.
//
//   Streams  everything is enqueued on the stream of `on`; nothing waits for the device.
//   Owner    temporary memory is the scratch_arena's, see workspace.hpp.
//
// host_exec runs Thrust's sequential system in the calling thread: chunks, not elements, are the
// parallelism there. A device runs par_nosync on its stream. Only algorithms that leave their
// result in device memory are used: what Thrust returns by value makes the host wait.

#pragma once

#include <cstddef>
#include <cstdint>

// Without nvcc there is no CUDA system, which Thrust takes unless told.
#if !defined(__CUDACC__) && !defined(THRUST_DEVICE_SYSTEM)
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_CPP
#endif
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/scan.h>
#include <thrust/system/cpp/execution_policy.h>

#include <sluice/cuda/launch.hpp>
#include <sluice/kernels/detail/workspace.hpp>

#ifdef __CUDACC__
#include <thrust/system/cuda/execution_policy.h>

#include <sluice/cuda/module/device_exec.cuh>
#include <sluice/cuda/module/kernel_table.hpp>
#define SLUICE_HD __host__ __device__
#else
#define SLUICE_HD
#endif

namespace sluice::detail {

inline auto policy(host_exec const&, scratch_arena& scratch) {
  return thrust::cpp::par(scratch);
}

#ifdef __CUDACC__
inline auto policy(device_exec const& on, scratch_arena& scratch) {
  return thrust::cuda::par_nosync(scratch).on(on.stream());
}
#endif

// f(0), ..., f(count - 1), in any order and side by side. F is a struct with a SLUICE_HD call: a
// lambda would not compile for the device.
template <class Exec, class F>
void for_each_index(Exec const& on, std::size_t count, F const& f) {
  scratch_arena none(on);
  thrust::for_each_n(policy(on, none), thrust::counting_iterator<std::size_t>(0), count, f);
}

// values[i] becomes the sum of the values before it.
template <class Exec>
void scan_in_place(Exec const& on, scratch_arena& scratch, std::uint32_t* values,
                   std::size_t count) {
  thrust::exclusive_scan(policy(on, scratch), values, values + count, values, std::uint32_t{0});
}

// The last of `count` sorted values that is not above `limit`, where `key` gives the value of an
// index; `count` when there is none. Of equal values it is the last.
template <class Key>
SLUICE_HD std::uint32_t last_at_or_below(std::uint32_t limit, std::uint32_t count, Key const& key) {
  std::uint32_t low = 0;
  std::uint32_t high = count;
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    if (key(middle) <= limit)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? count : low - 1;
}

}  // namespace sluice::detail
