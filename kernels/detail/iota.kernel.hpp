// The body of iota.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/kernels/detail/exec_policy.hpp>

namespace sluice::detail {

struct iota_at {
  std::uint32_t* values;
  std::uint32_t first;

  SLUICE_HD void operator()(std::size_t i) const {
    values[i] = first + static_cast<std::uint32_t>(i);
  }
};

struct iota_body {
  static constexpr char const* name = "iota";

  template <class Exec>
  static void run(Exec const& on, out<std::uint32_t> values, std::uint32_t first) {
    for_each_index(on, values.size(), iota_at{on.data(values), first});
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::iota_body)
#endif
