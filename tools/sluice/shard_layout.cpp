#include <sluice/tools/shard_layout.hpp>

namespace sluice::tool {

std::string_view name_of(pack_mode pack) noexcept {
  return pack == pack_mode::concat ? "concat" : "none";
}

std::string_view name_of(tail_mode tail) noexcept {
  return tail == tail_mode::pad ? "pad" : "drop";
}

std::string_view name_of(shard_format format) noexcept {
  return format == shard_format::npy ? "npy" : "megatron";
}

std::string_view token_file_of(shard_format format) noexcept {
  return format == shard_format::npy ? "tokens.npy" : "tokens.bin";
}

}  // namespace sluice::tool
