#include <sluice/cuda/detail/sim_memory.hpp>

#include <iterator>
#include <string>
#include <utility>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

namespace {

constexpr int out_of_memory_code = 2;  // as cudaErrorMemoryAllocation

}  // namespace

void* sim_memory::add(std::size_t bytes, bool pinned) {
  extent added(bytes, pinned);
  void* const memory = added.memory.pages();
  if (memory == nullptr)
    throw device_error("allocate " + std::to_string(bytes) + " bytes", out_of_memory_code,
                       "the host that simulates the device is out of memory");
  extents_.emplace(reinterpret_cast<std::uintptr_t>(memory), std::move(added));
  return memory;
}

void* sim_memory::allocate_device(std::size_t bytes) {
  if (bytes > limit_bytes_ - used_bytes_)
    throw device_error("allocate " + std::to_string(bytes) + " bytes", out_of_memory_code,
                       "out of memory: " + std::to_string(used_bytes_) + " of " +
                           std::to_string(limit_bytes_) + " bytes are in use");
  void* const memory = add(bytes, false);
  used_bytes_ += bytes;
  return memory;
}

void* sim_memory::allocate_pinned(std::size_t bytes) {
  return add(bytes, true);
}

void sim_memory::free(void const* memory) noexcept {
  auto const found = extents_.find(reinterpret_cast<std::uintptr_t>(memory));
  if (found == extents_.end()) return;
  if (!found->second.pinned) used_bytes_ -= found->second.bytes;
  extents_.erase(found);
}

sim_memory::extent const* sim_memory::around(byte_range range) const noexcept {
  auto const after = extents_.upper_bound(range.begin);
  if (after == extents_.begin()) return nullptr;
  auto const& [begin, found] = *std::prev(after);
  return byte_range{begin, begin + found.bytes}.contains(range) ? &found : nullptr;
}

byte_range sim_memory::extent_at(void const* memory) const noexcept {
  auto const found = extents_.find(reinterpret_cast<std::uintptr_t>(memory));
  if (found == extents_.end()) return {};
  return {found->first, found->first + found->second.bytes};
}

bool sim_memory::in_device(byte_range range) const noexcept {
  extent const* const found = around(range);
  return found != nullptr && !found->pinned;
}

bool sim_memory::in_pinned(byte_range range) const noexcept {
  extent const* const found = around(range);
  return found != nullptr && found->pinned;
}

}  // namespace sluice::detail
