// Memory of a device is out of the host's reach but while an operation runs.

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include <sluice/cuda/detail/memory_guard.hpp>
#include <support/checked_device.hpp>

namespace sluice::test {
namespace {

std::unique_ptr<driver> guarded(std::uint64_t seed) {
  sim_options options;
  options.seed = seed;
  options.memory_bytes = std::size_t{1} << 20;
  options.guard_memory = true;
  return open_sim(options);
}

std::uint32_t volatile* as_host_pointer(address at) {
  return reinterpret_cast<std::uint32_t volatile*>(at.value());
}

void touch(bool writes) {
  auto const device = guarded(3);
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  memory.fill(one, 1, 7);
  one.ref().sync();
  allocation_note note(memory.at(2), memory.bytes());
  device->note_allocated(note);
  auto* const number = as_host_pointer(memory.at(2) + 16);
  if (writes)
    *number = 1;
  else
    static_cast<void>(*number);
}

TEST(HostTouchDeathTest, OfADevicesMemoryEndsTheProcessWithAReport) {
  if (detail::memory_guard::wants_ranges()) {  // AddressSanitizer is told, and sees it first
    EXPECT_DEATH(touch(false), "use-after-poison");
    EXPECT_DEATH(touch(true), "use-after-poison");
    return;
  }
  EXPECT_EXIT(touch(false), testing::ExitedWithCode(hazard_exit_code),
              "hazard host_access \\(seed 3\\)\n.*host code reads bytes 16..16 of allocation 2.*"
              "\"hazard\":\"host_access\"");
  EXPECT_EXIT(touch(true), testing::ExitedWithCode(hazard_exit_code), "host code writes");
}

void touch_own_memory_after(void (*handler)(int)) {
  ::signal(SIGSEGV, handler);
  auto const device = guarded(1);
  device->free(device->allocate(4096));
  void* const nobodys = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *as_host_pointer(address::of(nobodys)) = 1;
}

TEST(HostTouchDeathTest, OtherFaultsGoWhereTheyWentBefore) {
  EXPECT_EXIT(touch_own_memory_after([](int) { ::_exit(42); }), testing::ExitedWithCode(42), "");
  EXPECT_EXIT(touch_own_memory_after(SIG_DFL), testing::KilledBySignal(SIGSEGV), "");
}

TEST(HostTouch, KernelsCopiesAndPoisonReachGuardedMemory) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = guarded(seed);
    event_pool pool(*device);
    arrays memory(*device);
    stream const one(pool), two(pool);
    memory.put(one, 0, 7);
    memory.add(one, 0, 1, 1);
    two.ref().wait(one.ref().record(), wait_reason::input_written);
    memory.move(two, 1, 2);
    EXPECT_EQ(memory.read(two, 2), all(8));
    device->note_freed(memory.at(0), memory.bytes());
    device->note_allocated(allocation_note(memory.at(0), memory.bytes()));
  }
}

// Asks the system, which refuses instead of faulting.
bool host_can_read(address at) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  ssize_t const written = ::write(ends[1], reinterpret_cast<void const*>(at.value()), 1);
  ::close(ends[0]);
  ::close(ends[1]);
  return written == 1;
}

TEST(HostTouch, IsWatchedInSomeOfTheSeeds) {
  if (detail::memory_guard::wants_ranges())
    GTEST_SKIP() << "AddressSanitizer watches with every seed";
  std::size_t watched = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    sim_options options;
    options.seed = seed;
    options.memory_bytes = 1 << 20;
    auto const device = open_sim(options);
    address const memory = device->allocate(4096);
    if (!host_can_read(memory)) ++watched;
    device->free(memory);
  }
  EXPECT_GE(watched, 12u);
  EXPECT_LE(watched, 50u);
}

}  // namespace
}  // namespace sluice::test
