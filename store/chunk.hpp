// A sealed run of bytes: an immutable value that the store keeps in one or more tiers.
//
//   Units    bytes.
//   Owner    a counted handle. The bytes live while a handle, an open reading or a slice lives;
//            the store may move them between tiers at any time while no reading is open there.
//   Threads  handles may be copied and dropped on any thread, one thread per handle.
//   Streams  the bytes may still be on their way on the device that writes them: readings wait.
//   Errors   none here; opening a reading is where errors are met.

#pragma once

#include <cstddef>
#include <memory>

namespace sluice {

namespace detail {
struct stored_chunk;
struct chunk_access;
}  // namespace detail

class chunk {
 public:
  chunk() noexcept = default;  // no bytes

  std::size_t size_bytes() const noexcept { return size_; }
  explicit operator bool() const noexcept { return stored_ != nullptr; }

  // Shares these bytes. misuse when the range is not inside.
  chunk slice(std::size_t offset, std::size_t bytes) const;

 private:
  friend struct detail::chunk_access;
  std::shared_ptr<detail::stored_chunk> stored_;
  std::size_t offset_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sluice
