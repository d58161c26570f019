// The memory of a simulated device: limited, and full of garbage until somebody writes to it.
//
//   Units    bytes.
//   Owner    owns every extent until it is freed.
//   Threads  one at a time; the driver calls it under its mutex. The bytes are anybody's.
//   Errors   device_error with CUDA's code for memory that ran out.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include <sluice/cuda/detail/poisoned_pages.hpp>
#include <sluice/cuda/driver.hpp>

namespace sluice::detail {

struct byte_range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  static byte_range of(address at, std::size_t bytes) noexcept {
    return {at.value(), at.value() + bytes};
  }
  std::size_t size() const noexcept { return end - begin; }
  bool overlaps(byte_range other) const noexcept { return begin < other.end && other.begin < end; }
  bool contains(byte_range other) const noexcept {
    return begin <= other.begin && other.end <= end;
  }
};

// Unlike in each place, so that a dump tells them apart.
inline constexpr unsigned char fresh_poison = 0xa5;      // an extent nobody has touched
inline constexpr unsigned char allocated_poison = 0xac;  // handed to an owner who has not written
inline constexpr unsigned char freed_poison = 0xdd;      // given back

class sim_memory {
 public:
  explicit sim_memory(std::size_t limit_bytes) noexcept : limit_bytes_(limit_bytes) {}
  sim_memory(sim_memory const&) = delete;
  sim_memory& operator=(sim_memory const&) = delete;

  void* allocate_device(std::size_t bytes);
  void* allocate_pinned(std::size_t bytes);
  void free(void const* memory) noexcept;

  // Calls `each` with every extent.
  template <class Each>
  void for_each(Each&& each) const {
    for (auto const& [begin, one] : extents_) each(byte_range{begin, begin + one.bytes});
  }
  byte_range extent_at(void const* memory) const noexcept;  // empty when there is none
  bool in_device(byte_range range) const noexcept;
  bool in_pinned(byte_range range) const noexcept;

 private:
  struct extent {
    extent(std::size_t size, bool of_host) : bytes(size), pinned(of_host), memory(size) {}

    std::size_t bytes;
    bool pinned;
    poisoned_pages memory;
  };

  void* add(std::size_t bytes, bool pinned);
  extent const* around(byte_range range) const noexcept;

  std::size_t const limit_bytes_;
  std::size_t used_bytes_ = 0;  // of the device; pinned memory is the host's
  std::map<std::uintptr_t, extent> extents_;
};

}  // namespace sluice::detail
