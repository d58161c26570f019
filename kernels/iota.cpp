#include <sluice/kernels/detail/iota.kernel.hpp>
#include <sluice/kernels/iota.hpp>

namespace sluice {

void iota(launch to, out<std::uint32_t> values, std::uint32_t first) {
  to.run<detail::iota_body>(values, first);
}

}  // namespace sluice
