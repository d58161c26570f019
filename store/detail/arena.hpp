// Memory of a device, or pinned memory, in few large extents, divided by best fit.
//
//   Units    bytes. Pieces begin at multiples of arena_alignment; their sizes are such multiples.
//   Owner    the arena owns its extents, and waits for the last users of free ranges at its end. An
//            extent with a range that was left to a device is not given back.
//   Threads  one at a time. Only allocate_extent() takes long, and that needs no lock.
//   Streams  a free range remembers the events of its last users; merging ranges unites them.
//   Errors   growing throws device_error. Giving back needs no memory of its own.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <sluice/store/detail/memory_source.hpp>

namespace sluice::detail {

inline constexpr std::size_t arena_alignment = 256;

class arena final : public memory_source {
 public:
  enum class kind : std::uint8_t { device, pinned };

  // At most `limit_bytes`, in extents of `extent_bytes`; the first at once.
  arena(driver& device, kind which, std::size_t limit_bytes, std::size_t extent_bytes);
  ~arena() override;

  std::size_t round(std::size_t bytes) const noexcept override;
  std::size_t largest() const noexcept override { return extent_bytes_; }
  bool in_stream_order() const noexcept override { return kind_ == kind::device; }

  piece take(std::size_t rounded) noexcept override;
  void give(piece freed) noexcept override;
  void leave(piece const& left) noexcept override;
  void hand_over(piece const& given, std::size_t used_bytes, stream_ref stream) noexcept override;

  // What the next extent would hold: 0 at the limit.
  std::size_t growth_bytes() const noexcept;
  // Two steps, since the first is slow and needs no lock, and the second is quick and needs it.
  address allocate_extent(std::size_t bytes) const;
  void add_extent(address memory, std::size_t bytes);
  // The driver has no more.
  void stop_growing() noexcept { limit_bytes_ = total_bytes_; }

 private:
  // Bin b holds free ranges of sizes [2^b, 2^(b+1)) units.
  static constexpr std::size_t bin_count = 56;
  static std::size_t bin_of(std::size_t bytes) noexcept;

  arena_range* best_fit(std::size_t bytes) const noexcept;
  void link(arena_range& range) noexcept;
  void unlink(arena_range& range) noexcept;
  void absorb_next(arena_range& range) noexcept;
  std::unique_ptr<arena_range> fresh_range() noexcept;

  driver& device_;
  kind const kind_;
  std::size_t const extent_bytes_;

  std::size_t limit_bytes_;

  std::size_t total_bytes_ = 0;
  bool left_ = false;                                       // a range was left to a device
  std::vector<std::unique_ptr<arena_range>> first_ranges_;  // of each extent
  std::vector<address> extents_;
  std::array<arena_range*, bin_count> bins_{};
  std::unique_ptr<arena_range> spare_;  // descriptors to use again, a list
};

}  // namespace sluice::detail
