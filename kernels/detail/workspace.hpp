// Scratch memory of a kernel body, cut from its workspace; and how much a body needs.
//
//   Units    bytes. Every part starts at a multiple of 256, as device algorithms want it.
//   Owner    an arena borrows the workspace of one launch and lives as long as the body's call.
//            A later launch on the stream may use the same bytes: they are ordered by the stream.
//   Threads  one thread: the one that runs the body.
//   Errors   misuse at the launch for a workspace smaller than the kernel's header asks for, at
//            every place, so that a test on a CPU finds it; internal_error when a bound below is
//            too low.
//
// One rule for temporary memory: it comes from the workspace at every place, never from malloc.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/launch.hpp>

namespace sluice::detail {

inline constexpr std::size_t scratch_alignment = 256;

constexpr std::size_t align_up(std::size_t bytes) noexcept {
  return (bytes + scratch_alignment - 1) / scratch_alignment * scratch_alignment;
}

// What the first part loses when the workspace itself is not aligned.
inline constexpr std::size_t scratch_base_bytes = scratch_alignment;

template <class T>
constexpr std::size_t scratch_bytes(std::size_t count) noexcept {
  return align_up(count * sizeof(T));
}

// What a device scan over `count` 32-bit values may take: a 64-bit word per tile, of which there
// are 32 more than the values fill, in up to two parts. The smallest tile in use has 896 values;
// half of that and twice the word are allowed for.
constexpr std::size_t scan_scratch_bytes(std::size_t count) noexcept {
  return align_up((count / 448 + 64) * 16) + 4 * scratch_alignment;
}

// Also the allocator that Thrust takes its temporary memory from; what was taken last may go back.
class scratch_arena {
 public:
  using value_type = char;

  template <class Exec>
  explicit scratch_arena(Exec const& on) : scratch_arena(on.workspace(), on.workspace_bytes()) {}
  scratch_arena(scratch_arena const&) = delete;
  scratch_arena& operator=(scratch_arena const&) = delete;

  template <class T>
  T* take(std::size_t count) {
    return reinterpret_cast<T*>(allocate(static_cast<std::ptrdiff_t>(count * sizeof(T))));
  }

  char* allocate(std::ptrdiff_t bytes) {
    auto const at = align_up(next_);
    auto const end = at + static_cast<std::size_t>(bytes);
    require(end <= end_, "a kernel asked for more workspace than its header says");
    next_ = end;
    return reinterpret_cast<char*>(at);
  }

  void deallocate(char* part, std::size_t bytes) noexcept {
    auto const at = reinterpret_cast<std::uintptr_t>(part);
    if (at + bytes == next_) next_ = at;
  }

 private:
  scratch_arena(std::byte* memory, std::size_t bytes)
      : next_(reinterpret_cast<std::uintptr_t>(memory)), end_(next_ + bytes) {}

  std::uintptr_t next_;
  std::uintptr_t const end_;
};

// For the launching side of a kernel.
inline void check_workspace(launch const& to, std::size_t needed, std::string_view kernel) {
  if (to.workspace_bytes() >= needed) return;
  throw misuse(std::string(kernel) + ": the workspace has " + std::to_string(to.workspace_bytes()) +
               " bytes and must have " + std::to_string(needed) + "; ask " + std::string(kernel) +
               "'s header for the size");
}

struct size_rule {
  std::string_view kernel;
  std::string_view argument;
  std::size_t needed;
};

inline void check_size(std::size_t given, size_rule const& rule) {
  if (given == rule.needed) return;
  throw misuse(std::string(rule.kernel) + ": " + std::string(rule.argument) + " has " +
               std::to_string(given) + " elements and must have " + std::to_string(rule.needed));
}

}  // namespace sluice::detail
