#include <sluice/kernels/hash.hpp>

#include <string>

#include <sluice/kernels/detail/hash.kernel.hpp>

namespace sluice {

void begin_hash(launch to, out<hash_state> open) {
  to.run<detail::begin_hash_body>(open);
}

void hash_documents(launch to, in<std::uint8_t> text, in<piece> pieces, std::uint32_t bits,
                    inout<hash_state> open, out<std::uint64_t> hashes) {
  if (bits < 1 || bits > 64)
    throw misuse("hash_documents: a hash of " + std::to_string(bits) +
                 " bits; 1 to 64 are possible");
  detail::check_size(hashes.size(), {"hash_documents", "hashes", pieces.size()});
  detail::check_size(open.size(), {"hash_documents", "open", 1});
  auto const mask = ~std::uint64_t{0} >> (64 - bits);
  to.run<detail::hash_documents_body>(text, pieces, mask, open, hashes);
}

}  // namespace sluice
