// A handle to an object that may not exist yet.
//
//   Owner    counted: the object lives while a ref to it lives, also one inside another value or in
//            a pending task's arguments.
//   Threads  copies may live on many threads; one ref is used by one thread at a time.
//   Streams  a ref is settled when its value is frozen: good enough for tasks on the same device.
//            runtime::get waits until its bytes are there.
//   Errors   a ref may hold an error instead; whoever asks for the value gets it thrown.

#pragma once

#include <utility>

#include <sluice/runtime/detail/cell.hpp>

namespace sluice {

template <class T>
class object_ref_generator;

namespace detail {

class outer_cell;
struct ref_access;
struct generator_access;

template <class T>
struct cell_of {
  using type = value_cell<T>;
};
template <class T>
struct cell_of<object_ref_generator<T>> {
  using type = outer_cell;
};

}  // namespace detail

template <class T>
class object_ref {
 public:
  using value_type = T;

  object_ref() noexcept = default;  // of nothing

  explicit operator bool() const noexcept { return static_cast<bool>(cell_); }
  // A value or an error is there. Never turns false again.
  bool settled() const noexcept { return cell_ && cell_->settled(); }

 private:
  friend struct detail::ref_access;
  using cell_type = typename detail::cell_of<T>::type;
  explicit object_ref(detail::counted<cell_type> cell) noexcept : cell_(std::move(cell)) {}

  detail::counted<cell_type> cell_;
};

// A value that keeps its object alive; what a coroutine gets for an object_ref<T> argument.
template <class T>
class value {
 public:
  T const& operator*() const noexcept { return cell_->value(); }
  T const* operator->() const noexcept { return &cell_->value(); }
  operator T const&() const noexcept { return cell_->value(); }

 private:
  friend struct detail::ref_access;
  explicit value(detail::counted<detail::value_cell<T>> cell) noexcept : cell_(std::move(cell)) {}

  detail::counted<detail::value_cell<T>> cell_;
};

namespace detail {

struct ref_access {
  template <class T>
  static object_ref<T> make(counted<typename cell_of<T>::type> cell) {
    return object_ref<T>(std::move(cell));
  }
  template <class T>
  static auto const& cell(object_ref<T> const& ref) {
    return ref.cell_;
  }
  template <class T>
  static value<T> make_value(counted<value_cell<T>> cell) {
    return value<T>(std::move(cell));
  }
};

}  // namespace detail
}  // namespace sluice
