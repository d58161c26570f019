// Room on disk for chunks: extents in segments, each a file without a name.
//
//   Units    bytes; extents are charged in multiples of disk_unit.
//   Owner    owns its files; a segment without a used byte is closed.
//   Threads  take() by one thread at a time (the spiller); the rest from any. No lock is held
//            during I/O.
//   Errors   out_of_disk, io_error, corruption. After an error of take() or write() all room that
//            was taken can be given back as usual.
//   Source   the checksum is XXH3, 64 bits, over a chunk's bytes in order.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <sluice/store/disk.hpp>
#include <sluice/store/ledger.hpp>

namespace sluice::detail {

inline constexpr std::size_t disk_unit = 4096;
inline constexpr std::size_t segment_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t growth_bytes = std::size_t{4} << 20;

struct disk_extent {
  std::size_t segment = 0;
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
};

// A chunk may lie in several pieces, so that what is free in all can always be used.
using disk_room = std::vector<disk_extent>;

class spill_space {
 public:
  // The account's limit also bounds what the files occupy.
  spill_space(disk& files, std::string folder, ledger& account);

  static std::size_t round(std::size_t bytes) noexcept;

  // `rounded` bytes that the account has reserved already.
  disk_room take(std::size_t rounded);
  void give(disk_room const& room) noexcept;
  std::uint64_t taken_bytes();

  std::uint64_t write(disk_room const& room, std::span<std::byte const> from);
  void read(disk_room const& room, std::span<std::byte> into, std::uint64_t checksum);

 private:
  struct segment {
    std::shared_ptr<disk_file> file;  // none: closed
    std::uint64_t size = 0;
    std::uint64_t used = 0;
    std::map<std::uint64_t, std::size_t> free;  // offset, bytes
  };

  bool take_best_fit(std::size_t bytes, disk_room& room);
  bool take_largest(std::size_t bytes_max, disk_room& room);
  bool grow(std::size_t bytes_max, disk_room& room);
  bool grow_by(std::size_t step_bytes, std::size_t bytes_max, disk_room& room);
  std::size_t growing_segment();
  void take_from(std::size_t index, std::map<std::uint64_t, std::size_t>::iterator range,
                 std::size_t bytes, disk_room& room);
  void give(disk_extent const& extent) noexcept;
  static bool add_free(segment& in, std::uint64_t offset, std::size_t bytes) noexcept;
  std::shared_ptr<disk_file> close(segment& empty) noexcept;
  std::shared_ptr<disk_file> file_of(std::size_t index);
  std::string name_of(disk_extent const& extent) const;

  disk& files_;
  std::string const folder_;
  ledger& account_;

  std::mutex mutex_;
  std::vector<segment> segments_;
  std::uint64_t total_bytes_ = 0;  // of all files
};

// The bytes of one chunk on disk. Dropping it gives the room and its charge back.
class spilled_bytes {
 public:
  spilled_bytes() noexcept = default;
  // Takes the room and writes. Throws as those do.
  spilled_bytes(spill_space& space, reservation charge, std::span<std::byte const> from);
  spilled_bytes(spilled_bytes&& other) noexcept { swap(other); }
  spilled_bytes& operator=(spilled_bytes&& other) noexcept {
    spilled_bytes(std::move(other)).swap(*this);
    return *this;
  }
  ~spilled_bytes() { give_back(); }

  void read(std::span<std::byte> into) const { space_->read(room_, into, checksum_); }

 private:
  void swap(spilled_bytes& other) noexcept;
  void give_back() noexcept;

  spill_space* space_ = nullptr;
  disk_room room_;
  std::uint64_t checksum_ = 0;
  reservation charge_;
};

}  // namespace sluice::detail
