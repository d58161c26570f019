// An intrusive count and the pointer that keeps it.
//
//   Owner    the object is deleted when the last pointer goes.
//   Threads  pointers to one object may live on many threads; one pointer is used by one thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <sluice/runtime/detail/recycled.hpp>

namespace sluice::detail {

class counted_base : public recycled {
 public:
  counted_base() = default;
  counted_base(counted_base const&) = delete;
  counted_base& operator=(counted_base const&) = delete;
  virtual ~counted_base() = default;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  // False when the last pointer is gone already; for those who know the object without owning it.
  bool try_retain() const noexcept {
    std::uint32_t count = count_.load(std::memory_order_relaxed);
    while (count != 0)
      if (count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) return true;
    return false;
  }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

template <class T>
class counted {
 public:
  counted() noexcept = default;
  counted(std::nullptr_t) noexcept {}
  explicit counted(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  counted(counted const& other) noexcept : counted(other.object_) {}
  counted(counted&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  counted(counted<U> other) noexcept : object_(other.detach()) {}
  counted& operator=(counted other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~counted() {
    if (object_ != nullptr) object_->release();
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  T* detach() noexcept { return std::exchange(object_, nullptr); }  // keeps the count
  static counted adopt(T* object) noexcept {                        // takes a count over
    counted pointer;
    pointer.object_ = object;
    return pointer;
  }
  friend bool operator==(counted const&, counted const&) = default;

 private:
  T* object_ = nullptr;
};

template <class T, class... Args>
counted<T> make_counted(Args&&... args) {
  return counted<T>(new T(std::forward<Args>(args)...));
}

}  // namespace sluice::detail
