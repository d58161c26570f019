// The right of one stream to read one chunk: the only way to its bytes.
//
//   Units    size() counts elements of T.
//   Owner    holds the chunk; while it is open the bytes stay where they are.
//   Threads  any number of readings of a chunk on any threads; one thread at a time per reading.
//   Streams  opens behind the write (a device stream waits on the device; a host reading is only
//            opened when the bytes are there). Closing records an event behind what its stream was
//            given; the memory is not reused before.
//   Errors   span() of device memory is misuse. Opening throws what hit the write: device_error,
//            corruption, io_error. Closing throws nothing.
//   Flow     chunk -> object_store -> reading -> kernels

#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <sluice/cuda/detail/view_maker.hpp>
#include <sluice/cuda/stream.hpp>
#include <sluice/cuda/view.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/tier.hpp>

namespace sluice {

namespace detail {
struct store_access;

class reading_base {
 public:
  reading_base() noexcept;
  reading_base(reading_base&& other) noexcept;
  reading_base& operator=(reading_base&& other) noexcept;
  ~reading_base();

  std::size_t size_bytes() const noexcept;
  location where() const;
  chunk const& source() const;
  explicit operator bool() const noexcept { return open_ != nullptr; }

  void close() noexcept;

 protected:
  friend struct store_access;
  struct open_state;
  address memory() const;
  std::byte const* host_memory() const;

  std::unique_ptr<open_state> open_;
};
}  // namespace detail

template <class T>
class reading : public detail::reading_base {
 public:
  reading() noexcept = default;
  explicit reading(detail::reading_base&& base) noexcept : reading_base(std::move(base)) {}

  std::size_t size() const noexcept { return size_bytes() / sizeof(T); }
  in<T> view() const { return view_maker::make<in<T>>(memory(), size()); }
  std::span<T const> span() const { return {reinterpret_cast<T const*>(host_memory()), size()}; }
};

}  // namespace sluice
