#include <sluice/kernels/detail/sum.kernel.hpp>
#include <sluice/kernels/sum.hpp>

namespace sluice {

namespace {

template <class Body, class T>
void launch_sum(launch const& to, in<T> values, out<std::uint64_t> total) {
  detail::check_size(total.size(), {"sum", "total", 1});
  detail::check_workspace(to, sum_workspace_bytes(values.size()), "sum");
  to.run<Body>(values, total);
}

}  // namespace

std::size_t sum_workspace_bytes(std::size_t count) noexcept {
  return detail::sum_scratch_bytes(count);
}

void sum(launch to, in<std::uint32_t> values, out<std::uint64_t> total) {
  launch_sum<detail::sum_u32_body>(to, values, total);
}

void sum(launch to, in<std::uint8_t> values, out<std::uint64_t> total) {
  launch_sum<detail::sum_u8_body>(to, values, total);
}

}  // namespace sluice
