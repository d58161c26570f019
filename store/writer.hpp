// Room to write one chunk, bound to one stream; seal() makes it a chunk that cannot change.
//
//   Units    size() counts elements of T.
//   Owner    move-only. Dropped unsealed, the memory goes back, behind the work given so far.
//   Threads  one thread at a time; it may move between threads.
//   Streams  the memory's last users are waited for on the stream before the first view; seal()
//            records an event behind the work given to the stream.
//   Errors   span() of memory the host cannot reach is misuse; using a sealed writer is misuse.
//   Flow     object_store -> writer -> chunk

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

// The untyped half. `block` is the memory with its ledger entry.
class writer_base {
 public:
  writer_base() noexcept;
  writer_base(writer_base&& other) noexcept;
  writer_base& operator=(writer_base&& other) noexcept;
  ~writer_base();

  std::size_t size_bytes() const noexcept;
  location where() const;
  stream_ref stream() const;
  explicit operator bool() const noexcept { return open_ != nullptr; }

  chunk seal() &&;

 protected:
  friend struct store_access;
  struct open_state;
  address memory() const;
  std::byte* host_memory() const;

  std::unique_ptr<open_state> open_;
};
}  // namespace detail

template <class T>
class writer : public detail::writer_base {
 public:
  writer() noexcept = default;
  explicit writer(detail::writer_base&& base) noexcept : writer_base(std::move(base)) {}

  std::size_t size() const noexcept { return size_bytes() / sizeof(T); }
  // For kernels that write every element, or leave alone what nobody reads.
  out<T> view() const { return view_maker::make<out<T>>(memory(), size()); }
  // For kernels that only read what was written here before.
  in<T> written() const { return view_maker::make<in<T>>(memory(), size()); }
  // For kernels that also read what was written here before.
  inout<T> update() const { return view_maker::make<inout<T>>(memory(), size()); }
  std::span<T> span() const { return {reinterpret_cast<T*>(host_memory()), size()}; }
};

}  // namespace sluice
