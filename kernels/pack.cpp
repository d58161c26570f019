#include <sluice/kernels/pack.hpp>

#include <string_view>

#include <sluice/kernels/detail/pack.kernel.hpp>

namespace sluice {

namespace {

void check_pack(std::string_view kernel, launch const& to, in<piece> pieces,
                in<std::uint8_t> keep) {
  detail::check_size(keep.size(), {kernel, "keep", pieces.size()});
  detail::check_workspace(to, pack_workspace_bytes(pieces.size()), kernel);
}

}  // namespace

std::size_t pack_workspace_bytes(std::size_t pieces) noexcept {
  return detail::pack_scratch_bytes(pieces);
}

void tokenise_bytes(launch to, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                    out<std::uint16_t> tokens) {
  check_pack("tokenise_bytes", to, pieces, keep);
  to.run<detail::tokenise_bytes_body>(text, pieces, keep, tokens);
}

void gather_pieces(launch to, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                   out<std::uint8_t> packed) {
  check_pack("gather_pieces", to, pieces, keep);
  to.run<detail::gather_pieces_body>(text, pieces, keep, packed);
}

}  // namespace sluice
