// XXH64 with seed 0, at once or in parts, for host and device alike.
//
//   Units    bytes; reads are little-endian, as on every machine CUDA runs on.
//   Source   github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, "XXH64 Algorithm Description"

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/hash.hpp>

namespace sluice::detail {

struct xxh64 {
  static constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87;
  static constexpr std::uint64_t prime2 = 0xC2B2AE3D27D4EB4F;
  static constexpr std::uint64_t prime3 = 0x165667B19E3779F9;
  static constexpr std::uint64_t prime4 = 0x85EBCA77C2B2AE63;
  static constexpr std::uint64_t prime5 = 0x27D4EB2F165667C5;
  static constexpr std::size_t stripe = 32;

  SLUICE_HD static std::uint64_t rotate(std::uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
  }
  SLUICE_HD static std::uint64_t read64(std::uint8_t const* from) {
    std::uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
  }
  SLUICE_HD static std::uint32_t read32(std::uint8_t const* from) {
    std::uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
  }

  struct lanes {
    std::uint64_t a = prime1 + prime2;
    std::uint64_t b = prime2;
    std::uint64_t c = 0;
    std::uint64_t d = std::uint64_t{0} - prime1;
  };

  SLUICE_HD static std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
    return rotate(lane + input * prime2, 31) * prime1;
  }
  SLUICE_HD static std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
    return (hash ^ round(0, lane)) * prime1 + prime4;
  }

  // All whole stripes of `size` bytes.
  SLUICE_HD static lanes take_stripes(lanes with, std::uint8_t const* from, std::size_t size) {
    for (; size >= stripe; size -= stripe, from += stripe) {
      with.a = round(with.a, read64(from));
      with.b = round(with.b, read64(from + 8));
      with.c = round(with.c, read64(from + 16));
      with.d = round(with.d, read64(from + 24));
    }
    return with;
  }

  // `rest`: the last total % 32 bytes of a document of `total` bytes.
  SLUICE_HD static std::uint64_t finish(lanes const& with, std::uint64_t total,
                                        std::uint8_t const* rest) {
    auto hash = prime5;
    if (total >= stripe) {
      hash = rotate(with.a, 1) + rotate(with.b, 7) + rotate(with.c, 12) + rotate(with.d, 18);
      hash = merge(merge(merge(merge(hash, with.a), with.b), with.c), with.d);
    }
    hash += total;
    auto left = static_cast<std::uint32_t>(total % stripe);
    for (; left >= 8; left -= 8, rest += 8)
      hash = rotate(hash ^ round(0, read64(rest)), 27) * prime1 + prime4;
    if (left >= 4) {
      hash = rotate(hash ^ (read32(rest) * prime1), 23) * prime2 + prime3;
      left -= 4;
      rest += 4;
    }
    for (; left != 0; --left, ++rest) hash = rotate(hash ^ (*rest * prime5), 11) * prime1;
    return avalanche(hash);
  }

  SLUICE_HD static std::uint64_t avalanche(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * prime2;
    hash = (hash ^ (hash >> 29)) * prime3;
    return hash ^ (hash >> 32);
  }

  SLUICE_HD static std::uint64_t at_once(std::uint8_t const* from, std::size_t size) {
    return finish(take_stripes(lanes(), from, size), size, from + size / stripe * stripe);
  }

  SLUICE_HD static void start(hash_state& state) {
    state = hash_state();
    save(state, lanes());
  }

  SLUICE_HD static void add(hash_state& state, std::uint8_t const* from, std::size_t size) {
    auto const waiting = static_cast<std::size_t>(state.bytes % stripe);
    state.bytes += size;
    auto with = load(state);
    if (waiting != 0) {
      auto const wanted = stripe - waiting;
      auto const taken = size < wanted ? size : wanted;
      memcpy(state.rest + waiting, from, taken);
      if (taken < wanted) return;
      with = take_stripes(with, state.rest, stripe);
      from += taken;
      size -= taken;
    }
    save(state, take_stripes(with, from, size));
    auto const whole = size / stripe * stripe;
    if (size != whole) memcpy(state.rest, from + whole, size - whole);
  }

  SLUICE_HD static std::uint64_t hash_of(hash_state const& state) {
    return finish(load(state), state.bytes, state.rest);
  }

 private:
  SLUICE_HD static lanes load(hash_state const& state) {
    return {state.lanes[0], state.lanes[1], state.lanes[2], state.lanes[3]};
  }
  SLUICE_HD static void save(hash_state& state, lanes const& with) {
    state.lanes[0] = with.a;
    state.lanes[1] = with.b;
    state.lanes[2] = with.c;
    state.lanes[3] = with.d;
  }
};

}  // namespace sluice::detail
