#include <sluice/kernels/utf8.hpp>

#include <sluice/kernels/detail/utf8.kernel.hpp>

namespace sluice {

void begin_utf8(launch to, out<utf8_state> open) {
  to.run<detail::begin_utf8_body>(open);
}

void check_utf8(launch to, in<std::uint8_t> text, in<piece> pieces, inout<utf8_state> open,
                out<std::uint8_t> invalid) {
  detail::check_size(invalid.size(), {"check_utf8", "invalid", pieces.size()});
  detail::check_size(open.size(), {"check_utf8", "open", 1});
  to.run<detail::check_utf8_body>(text, pieces, open, invalid);
}

}  // namespace sluice
