// The refs of one generator task, in yield order: a stream's handle, or a cursor over the values of
// a dynamic task.
//
//   Owner    move-only. Dropping a stream's handle stops its producer at the next suspension and
//            frees what was not taken; dropping a cursor stops nothing. Passing it to a task moves
//            it.
//   Threads  one at a time: next() from two threads at once is misuse.
//   Streams  a ref comes when its value is frozen; get waits for its bytes.
//   Errors   an error of the body is an item of its own: a ref whose get throws it, then the end.
//            The sequence always ends.
//   Flow     put -> object_ref_generator -> get
//
//     for (auto ref : handle) …                       outside of coroutines; blocks
//     while (auto ref = co_await handle.next()) …     in a coroutine; suspends
//     std::optional<object_ref<T>> ref = handle.next();   as range-for, one at a time

#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/detail/await.hpp>
#include <sluice/runtime/detail/outer_cell.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/sequence.hpp>
#include <sluice/runtime/object_ref.hpp>

namespace sluice {

template <class T>
class next_item;

template <class T>
class object_ref_generator {
 public:
  using value_type = T;

  object_ref_generator() noexcept = default;
  object_ref_generator(object_ref_generator&& other) noexcept
      : home_(other.home_), values_(std::move(other.values_)), index_(other.index_) {}
  object_ref_generator& operator=(object_ref_generator&& other) noexcept {
    if (this != &other) {
      drop();
      home_ = other.home_;
      values_ = std::move(other.values_);
      index_ = other.index_;
    }
    return *this;
  }
  ~object_ref_generator() { drop(); }

  // The next ref, or nothing at the end.
  [[nodiscard]] next_item<T> next() { return next_item<T>(*this); }

  class iterator {
   public:
    using value_type = object_ref<T>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(object_ref_generator& of) : of_(&of) { ++*this; }
    object_ref<T> const& operator*() const { return *current_; }
    iterator& operator++() {
      current_ = of_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& at, std::default_sentinel_t) {
      return !at.current_.has_value();
    }

   private:
    object_ref_generator* of_ = nullptr;
    std::optional<object_ref<T>> current_;
  };
  iterator begin() { return iterator(*this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  friend class next_item<T>;
  friend struct detail::generator_access;
  object_ref_generator(detail::scheduler& home, detail::counted<detail::sequence> values)
      : home_(&home), values_(std::move(values)) {
    values_->add_holder();
  }

  void drop() noexcept {
    if (values_) std::exchange(values_, nullptr)->drop_holder();
  }

  // Null when there is none yet (pending) or no more (ended).
  detail::sequence::step try_next(std::optional<object_ref<T>>& ref) {
    detail::counted<detail::cell> cell;
    auto const step = values_->next(index_, cell);
    if (step == detail::sequence::step::item) {
      ++index_;
      using cell_type = typename detail::cell_of<T>::type;
      ref = detail::ref_access::make<T>(
          detail::counted<cell_type>(static_cast<cell_type*>(cell.get())));
    } else {
      ref.reset();
    }
    return step;
  }

  detail::scheduler* home_ = nullptr;
  detail::counted<detail::sequence> values_;
  std::size_t index_ = 0;
  std::atomic_flag busy_;
};

// What next() gives: awaited in a coroutine, or converted by blocking elsewhere.
template <class T>
class next_item : public detail::awaitable<next_item<T>> {
 public:
  explicit next_item(object_ref_generator<T>& of) : of_(of) {
    if (!of.values_) throw misuse("next() of a handle that was moved away; keep the moved one");
    if (of.busy_.test_and_set(std::memory_order_acquire))
      throw misuse("next() from two threads on one handle; give each consumer a handle of its own");
  }
  next_item(next_item const&) = delete;
  next_item& operator=(next_item const&) = delete;
  ~next_item() { of_.busy_.clear(std::memory_order_release); }

  operator std::optional<object_ref<T>>() {
    detail::refuse_inside_coroutine("next()");
    while (!ready()) {
      of_.home_->block_on(*suspend());
      wait_->rethrow();
    }
    return std::move(ref_);
  }

 private:
  friend class detail::awaiting<next_item<T>>;
  bool ready() { return of_.try_next(ref_) != detail::sequence::step::pending; }
  detail::suspension* suspend() {
    wait_.emplace(of_.values_, of_.index_);
    return &*wait_;
  }
  std::optional<object_ref<T>> take() {
    if (wait_) {
      wait_->rethrow();
      ready();
    }
    return std::move(ref_);
  }

  object_ref_generator<T>& of_;
  std::optional<object_ref<T>> ref_;
  std::optional<detail::next_wait> wait_;
};

namespace detail {

struct generator_access {
  template <class T>
  static object_ref_generator<T> make(scheduler& home, counted<sequence> values) {
    return object_ref_generator<T>(home, std::move(values));
  }
  template <class T>
  static counted<sequence> const& values(object_ref_generator<T> const& handle) {
    return handle.values_;
  }
};

}  // namespace detail
}  // namespace sluice
