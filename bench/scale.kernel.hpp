// The kernel of the stream that is measured: each number of a chunk, scaled.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/kernel.hpp>

namespace sluice::bench {

struct scale_at {
  std::uint32_t const* from;
  std::uint32_t* to;
  std::uint32_t factor;

  SLUICE_HD void operator()(std::size_t i) const { to[i] = from[i] * factor; }
};

struct scale_body {
  static constexpr char const* name = "scale";

  template <class Exec>
  static void run(Exec const& on, in<std::uint32_t> from, out<std::uint32_t> to,
                  std::uint32_t factor) {
    for_each_index(on, to.size(), scale_at{on.data(from), on.data(to), factor});
  }
};

}  // namespace sluice::bench

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::bench::scale_body)
#endif
