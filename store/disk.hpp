// Files without a name, for what memory cannot hold. A seam: tests give a disk that fails.
//
//   Units    bytes.
//   Owner    the caller owns the disk and its files; the disk outlives them. A file's bytes go when
//            it is closed, also when the process is killed: it never has a name.
//   Threads  any; a file takes any number of calls at once for different ranges.
//   Errors   opening throws io_error. A file reports the number of bytes done and an errno, and may
//            do less than asked, as the system's calls do; the store handles both.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace sluice {

class fault_plan;

class disk_file {
 public:
  struct outcome {
    std::size_t bytes = 0;
    int error_number = 0;  // 0: `bytes` were done; a read of 0 bytes is the end of the file
  };

  disk_file() = default;
  disk_file(disk_file const&) = delete;
  disk_file& operator=(disk_file const&) = delete;
  virtual ~disk_file() = default;

  // Makes sure that writing there will not run out of space. An errno, or 0.
  virtual int allocate(std::uint64_t offset, std::size_t bytes) noexcept = 0;
  virtual outcome write(std::span<std::byte const> from, std::uint64_t offset) noexcept = 0;
  virtual outcome read(std::span<std::byte> into, std::uint64_t offset) noexcept = 0;
};

class disk {
 public:
  disk() = default;
  disk(disk const&) = delete;
  disk& operator=(disk const&) = delete;
  virtual ~disk() = default;

  virtual std::unique_ptr<disk_file> open_unnamed(std::string const& folder) = 0;
};

// The system's files: O_TMPFILE, or where a file system has none, a name that is removed at once.
std::unique_ptr<disk> open_system_disk();

// Files in memory, as a system's disk would keep them, with the faults of `plan`; null: none.
// Reading and writing call `meanwhile` before they begin: what others do while a disk works.
std::unique_ptr<disk> open_simulated_disk(std::shared_ptr<fault_plan> plan,
                                          std::function<void()> meanwhile = {});

// `asked`, or $TMPDIR, or /var/tmp. Never /tmp unasked: where that is memory, spilling to it would
// use what it is meant to save.
std::string spill_folder(std::string const& asked);

}  // namespace sluice
