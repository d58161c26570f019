// A kernel of one's own: g++ compiles it for the CPU and the simulated device, nvcc for GPUs.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/kernel.hpp>

struct square_at {
  std::uint32_t* values;

  SLUICE_HD void operator()(std::size_t i) const { values[i] *= values[i]; }
};

struct square_body {
  static constexpr char const* name = "square";

  template <class Exec>
  static void run(Exec const& on, sluice::inout<std::uint32_t> values) {
    sluice::for_each_index(on, values.size(), square_at{on.data(values)});
  }
};

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(square_body)
#endif
