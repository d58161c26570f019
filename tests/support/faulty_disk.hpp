// The system's disk with what goes wrong with disks, on demand.
//
//   Owner    `faults` belong to the test and outlive the disk; they may be changed at any time
//            between operations.
//   Threads  as the disk; counters are atomic.

#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/store/disk.hpp>

namespace sluice::test {

struct disk_faults {
  std::atomic<std::int64_t> fail_at{-1};  // the operation with this number, counted from 0
  std::atomic<bool> fail_on{false};       // and all after it
  std::atomic<int> error_number{EIO};
  std::atomic<bool> pieces{false};         // short reads and writes, and EINTR between them
  std::atomic<std::int64_t> flip_bit{-1};  // of the next byte that is read: bit 0..7, once
  std::atomic<std::int64_t> room{-1};      // bytes that can still be allocated; -1: no end
  std::function<void()> before_write;      // called once
  std::function<void()> before_read;       // called once

  std::atomic<std::int64_t> operations{0};
  std::atomic<std::int64_t> open_files{0};

  bool fails() noexcept {
    std::int64_t const number = operations.fetch_add(1);
    std::int64_t const at = fail_at.load();
    return at >= 0 && (number == at || (number > at && fail_on.load()));
  }
};

class faulty_disk final : public disk {
 public:
  explicit faulty_disk(disk_faults& faults) : faults_(faults), real_(open_system_disk()) {}

  std::unique_ptr<disk_file> open_unnamed(std::string const& folder) override {
    if (faults_.fails())
      throw io_error("open a spill file", faults_.error_number, "this is a test");
    return std::make_unique<file>(faults_, real_->open_unnamed(folder));
  }

 private:
  class file final : public disk_file {
   public:
    file(disk_faults& faults, std::unique_ptr<disk_file> real)
        : faults_(faults), real_(std::move(real)) {
      faults_.open_files.fetch_add(1);
    }
    ~file() override { faults_.open_files.fetch_sub(1); }

    int allocate(std::uint64_t offset, std::size_t size) noexcept override {
      if (faults_.fails()) return faults_.error_number;
      std::int64_t const room = faults_.room.load();
      if (room >= 0 && room < static_cast<std::int64_t>(size)) return ENOSPC;
      if (room >= 0) faults_.room.fetch_sub(static_cast<std::int64_t>(size));
      return real_->allocate(offset, size);
    }
    outcome write(std::span<std::byte const> from, std::uint64_t offset) noexcept override {
      if (auto const call = std::exchange(faults_.before_write, nullptr)) call();
      outcome failed;
      if (faults_.fails()) failed.error_number = faults_.error_number;
      if (interrupted()) failed.error_number = EINTR;
      if (failed.error_number != 0) return failed;
      return real_->write(from.first(part_of(from.size())), offset);
    }
    outcome read(std::span<std::byte> into, std::uint64_t offset) noexcept override {
      if (auto const call = std::exchange(faults_.before_read, nullptr)) call();
      outcome failed;
      if (faults_.fails()) failed.error_number = faults_.error_number;
      if (interrupted()) failed.error_number = EINTR;
      if (failed.error_number != 0) return failed;
      outcome const done = real_->read(into.first(part_of(into.size())), offset);
      std::int64_t const bit = faults_.flip_bit.exchange(-1);
      if (bit >= 0 && done.bytes != 0) into[0] ^= static_cast<std::byte>(1u << bit);
      return done;
    }

   private:
    bool interrupted() noexcept { return faults_.pieces && faults_.operations.load() % 3 == 0; }
    std::size_t part_of(std::size_t size) noexcept {
      return faults_.pieces ? std::min<std::size_t>(size, 777) : size;
    }

    disk_faults& faults_;
    std::unique_ptr<disk_file> const real_;
  };

  disk_faults& faults_;
  std::unique_ptr<disk> const real_;
};

}  // namespace sluice::test
