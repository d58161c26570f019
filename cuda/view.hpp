// Typed views of device-reachable memory: what a kernel is given, and its access set.
//
//   Units    size() counts elements of T.
//   Owner    a view owns nothing. It is valid while the writer or reading that made it is open.
//   Threads  a view is a value; kernels decide what may touch which element.
//   Streams  only for work on the stream of the writer or reading that made it.
//   Errors   none.
//
// A view is deliberately no pointer: host code cannot dereference it, since its bytes may live on a
// device and may not have been written yet. Kernel bodies get the pointer from their `exec`.
// Only the store makes views of chunks (view_key), so the access set of a launch follows from the
// types of its arguments.

#pragma once

#include <cstddef>
#include <type_traits>

namespace sluice {

struct raw_view;

// Who may make views: cuda/detail/view_maker.hpp, for the store and for tests of lower rooms.
class view_key {
  friend struct view_maker;
  view_key() = default;
};

namespace detail {

template <class T>
class view_base {
  static_assert(std::is_trivially_copyable_v<T>, "views hold trivially copyable elements");

 public:
  using value_type = std::remove_const_t<T>;

  view_base() = default;
  view_base(view_key, T* data, std::size_t size) noexcept : data_(data), size_(size) {}

  std::size_t size() const noexcept { return size_; }
  std::size_t size_bytes() const noexcept { return size_ * sizeof(T); }

 protected:
  friend struct sluice::raw_view;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace detail

// Read only.
template <class T>
class in : public detail::view_base<T const> {
  using detail::view_base<T const>::view_base;
};

// Written without being read first.
template <class T>
class out : public detail::view_base<T> {
  using detail::view_base<T>::view_base;
};

// Read and written.
template <class T>
class inout : public detail::view_base<T> {
  using detail::view_base<T>::view_base;
};

template <class V>
inline constexpr bool is_view = false;
template <class T>
inline constexpr bool is_view<in<T>> = true;
template <class T>
inline constexpr bool is_view<out<T>> = true;
template <class T>
inline constexpr bool is_view<inout<T>> = true;

// How the machinery below views reaches the bytes: launches describe accesses with it, and an
// `exec` hands pointers to kernel bodies. Not for host code.
struct raw_view {
  template <class T>
  static T const* data(in<T> const& view) noexcept {
    return view.data_;
  }
  template <class T>
  static T* data(out<T> const& view) noexcept {
    return view.data_;
  }
  template <class T>
  static T* data(inout<T> const& view) noexcept {
    return view.data_;
  }
};

template <class V>
inline constexpr bool view_writes = true;
template <class T>
inline constexpr bool view_writes<in<T>> = false;
// What was there before.
template <class V>
inline constexpr bool view_reads = true;
template <class T>
inline constexpr bool view_reads<out<T>> = false;

}  // namespace sluice
