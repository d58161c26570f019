// How tokens become sequences, and in which format they are written.
//
//   Units    tokens.
//   Owner    plain values.

#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::tool {

enum class pack_mode : std::uint8_t { none, concat };
enum class tail_mode : std::uint8_t { drop, pad };
enum class shard_format : std::uint8_t { megatron, npy };

struct shard_layout {
  pack_mode pack = pack_mode::none;
  std::uint64_t seq_len = 0;         // of concat
  tail_mode tail = tail_mode::drop;  // of concat: what is left at the end
  shard_format format = shard_format::megatron;
};

inline constexpr std::uint64_t seq_len_max = 0x7fffffff;  // an index of Megatron says no more

std::string_view name_of(pack_mode pack) noexcept;
std::string_view name_of(tail_mode tail) noexcept;
std::string_view name_of(shard_format format) noexcept;

// The file that holds the tokens.
std::string_view token_file_of(shard_format format) noexcept;

}  // namespace sluice::tool
