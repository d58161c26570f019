// XXH64 with seed 0 of bytes that come in parts: what `xxhsum -H64` prints of a file.
//
//   Owner    the state of the sum.
//   Threads  one at a time.
//   Errors   std::bad_alloc.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace sluice::tool {

class checksum {
 public:
  checksum();

  void add(std::span<std::byte const> bytes) noexcept;
  std::uint64_t value() const noexcept;  // of what was added so far

 private:
  struct release {
    void operator()(void* state) const noexcept;
  };
  std::unique_ptr<void, release> state_;
};

// The sum of a file as it lies on the disk, and how many bytes it has.
struct file_sum {
  std::uint64_t bytes;
  std::uint64_t xxh64;
};
file_sum sum_of_file(std::string const& path);

// 16 digits.
std::string hex_of(std::uint64_t xxh64);

}  // namespace sluice::tool
