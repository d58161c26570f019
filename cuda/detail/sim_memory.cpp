#include <sluice/cuda/detail/sim_memory.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include <sluice/cuda/error.hpp>

namespace sluice::detail {

namespace {

constexpr int out_of_memory_code = 2;  // as cudaErrorMemoryAllocation
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t window_bytes = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

// The same poisoned window over and over, copied when it is written to: a large extent costs memory
// and time only where it is used.
bool show_poison(std::byte* memory, std::size_t bytes) {
  int const file = ::memfd_create("sluice poison", MFD_CLOEXEC);
  if (file < 0) return false;
  std::size_t const window = std::max(window_bytes, rounded_up(bytes / 4096, page_bytes));
  bool good = ::ftruncate(file, static_cast<off_t>(window)) == 0;
  if (good) {
    void* const whole = ::mmap(nullptr, window, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    good = whole != MAP_FAILED;
    if (good) {
      std::memset(whole, fresh_poison, window);
      ::munmap(whole, window);
    }
  }
  for (std::size_t at = 0; good && at < bytes; at += window)
    good = ::mmap(memory + at, std::min(window, bytes - at), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_FIXED, file, 0) != MAP_FAILED;
  ::close(file);
  return good;
}

std::byte* map_poisoned(std::size_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(memory);
  if (bytes < window_bytes || !show_poison(first, bytes)) std::memset(first, fresh_poison, bytes);
  return first;
}

}  // namespace

sim_memory::~sim_memory() {
  for (auto const& [begin, each] : extents_)
    ::munmap(reinterpret_cast<void*>(begin), each.mapped_bytes);
}

void* sim_memory::add(std::size_t bytes, bool pinned) {
  extent added;
  added.bytes = bytes;
  added.mapped_bytes = std::max(page_bytes, rounded_up(bytes, page_bytes));
  added.pinned = pinned;
  void* const memory = map_poisoned(added.mapped_bytes);
  if (memory == nullptr)
    throw device_error("allocate " + std::to_string(bytes) + " bytes", out_of_memory_code,
                       "the host that simulates the device is out of memory");
  extents_.emplace(reinterpret_cast<std::uintptr_t>(memory), added);
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
  ::munmap(reinterpret_cast<void*>(found->first), found->second.mapped_bytes);
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
