// The host has no memory for the store's own records: what was begun is as if it had not been, and
// what a device still does is waited for.
//
// This program's operator new can be told to fail. It is not inlined: g++ would take what it sees
// then for a mismatch of malloc and delete. ThreadSanitizer brings its own: no such test there.

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include <gtest/gtest.h>
#include <support/store_world.hpp>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SLUICE_OPERATOR_NEW_IS_TAKEN
#endif
#endif

#ifndef SLUICE_OPERATOR_NEW_IS_TAKEN

namespace {

// How many allocations of this thread still succeed; none fails while it is negative.
thread_local int allocations_left = -1;

bool is_refused() noexcept {
  if (allocations_left < 0) return false;
  return allocations_left-- == 0;  // the one that is refused is the last that is counted
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  void* const made = is_refused() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept {
  return is_refused() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::nothrow_t const&) noexcept {
  std::free(memory);
}

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

// False when the allocation with that number was made and refused.
bool seals_without(int allocation, writer<std::byte> out) {
  allocations_left = allocation;
  try {
    chunk const sealed = std::move(out).seal();
    return std::exchange(allocations_left, -1) >= 0;
  } catch (std::bad_alloc const&) {
    allocations_left = -1;
    return false;
  }
}

}  // namespace

// C8, C15: all memory of the device is the chunk's, so the next one is written over it.
TEST(NoMemory, ForAChunkThatIsSealedItsBytesGoBackBehindTheWrite) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    store_limits limits;
    limits.device = 1 * kib;
    store_world world(place(), limits, open(place{device_kind::sim}, seed));
    int refused = 0;
    for (bool sealed = false; !sealed; ++refused) {
      writer<std::byte> out = world.room(on_device, 1 * kib, 0);
      world.fill(out, 1);
      event const written = out.stream().record();  // seal() needs no other, and makes none
      sealed = seals_without(refused, std::move(out));
      chunk const next = world.make(on_device, 1 * kib, 2, 1);
      EXPECT_EQ(world.read(next), content_of(2, 1 * kib)) << refused;
    }
    EXPECT_GE(refused, 3);
    EXPECT_EQ(world.used(on_device), 0u);
  }
}

}  // namespace sluice::test

#endif
