// How what is given to submit() becomes a parameter of the body.
//
//   given                                     parameter                 meaning
//   object_ref<T>                             T const&, T, value<T>     waits for the value
//   object_ref<chunk>                         reading<E>                waits, then opens it there
//   object_ref<object_ref_generator<T>>       object_ref_generator<T>   growing: from the first
//   yield object_ref<T>                             object_ref<T>             the ref itself, no
//   waiting object_ref_generator<T>                   object_ref_generator<T>   moved
//   anything else                             what it converts to       copied or moved
//
//   Owner    an argument lives in its task record until the body has ended.
//   Threads  the record's runner.
//   Errors   settle() throws the error that the ref holds.

#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/runtime/detail/pools.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/object_ref.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/reading.hpp>

namespace sluice::detail {

class argument_base {
 public:
  argument_base() = default;
  argument_base(argument_base const&) = delete;
  argument_base& operator=(argument_base const&) = delete;
  virtual ~argument_base() = default;

  // Nothing is waited for but bytes; asked before anything else.
  virtual bool is_settled() const noexcept { return true; }
  virtual suspension* settle(task_record&) { return nullptr; }
  virtual suspension* open(task_record&) { return nullptr; }
  virtual cell* referred() { return nullptr; }
};

// Copied or moved.
template <class Parameter>
class plain_argument final : public argument_base {
  using stored = std::remove_cvref_t<Parameter>;

 public:
  template <class A>
    requires(!std::is_same_v<std::remove_cvref_t<A>, plain_argument>)
  explicit plain_argument(A&& given) : value_(std::forward<A>(given)) {}

  stored&& take(task_record&) { return std::move(value_); }

 private:
  stored value_;
};

// Waits for a ref to be settled; what the three kinds below share.
template <class T>
class settled_argument : public argument_base {
 public:
  explicit settled_argument(object_ref<T> ref) : ref_(std::move(ref)) {
    if (!ref_) throw misuse("an empty ref was given to a task; it was never a task's return");
  }

  bool is_settled() const noexcept override { return ref_.settled(); }
  suspension* settle(task_record&) override {
    auto const& cell = ref_access::cell(ref_);
    if (!cell->settled()) return wait_on(cell);
    if (wait_) wait_->rethrow();
    if (cell->error()) std::rethrow_exception(cell->error());
    return nullptr;
  }
  cell* referred() override { return ref_access::cell(ref_).get(); }

 protected:
  object_ref<T> const& ref() const noexcept { return ref_; }

 private:
  suspension* wait_on(counted<cell> pending) {
    if (wait_) wait_->rethrow();
    wait_.emplace(std::move(pending));
    return &*wait_;
  }

  object_ref<T> const ref_;
  std::optional<cell_wait> wait_;
};

template <class T>
class value_argument final : public settled_argument<T> {
 public:
  using settled_argument<T>::settled_argument;

  value<T> take(task_record&) { return ref_access::make_value<T>(ref_access::cell(this->ref())); }
};

template <class E>
class reading_argument final : public settled_argument<chunk> {
 public:
  using settled_argument<chunk>::settled_argument;

  suspension* open(task_record& task) override {
    if (opened_) return nullptr;
    if (!wait_) {
      wait_.emplace(task.home(), ref_access::cell(ref())->value(), reach_of(task.where()),
                    task.stream(), task.age());
      return &*wait_;
    }
    opened_ = reading<E>(wait_->take());
    return nullptr;
  }
  reading<E>&& take(task_record&) { return std::move(opened_); }

 private:
  std::optional<read_wait> wait_;
  reading<E> opened_;
};

template <class T>
class growing_argument final : public argument_base {
 public:
  explicit growing_argument(object_ref<object_ref_generator<T>> ref) : ref_(std::move(ref)) {
    if (!ref_) throw misuse("an empty ref was given to a task; it was never a task's return");
  }

  bool is_settled() const noexcept override { return false; }
  // An error before the first yield is met as the first item.
  suspension* settle(task_record&) override {
    if (wait_) {
      wait_->rethrow();
      return nullptr;
    }
    wait_.emplace(ref_access::cell(ref_)->values(), 0);
    return &*wait_;
  }
  object_ref_generator<T> take(task_record& task) {
    return generator_access::make<T>(task.home(), ref_access::cell(ref_)->values());
  }

 private:
  object_ref<object_ref_generator<T>> const ref_;
  std::optional<next_wait> wait_;
};

template <class P>
inline constexpr bool is_reading = false;
template <class E>
inline constexpr bool is_reading<reading<E>> = true;

template <class Parameter, class Given>
struct argument_for {
  static_assert(std::is_constructible_v<std::remove_cvref_t<Parameter>, Given>,
                "this argument does not convert to the body's parameter");
  using type = plain_argument<Parameter>;
};

template <class Parameter, class T, class P = std::remove_cvref_t<Parameter>>
struct ref_argument_for {
  static_assert(std::is_same_v<P, T> || std::is_same_v<P, value<T>>,
                "a body takes an object_ref<T> as T const&, T, value<T> or object_ref<T>");
  static_assert(std::is_same_v<P, value<T>> || !std::is_lvalue_reference_v<Parameter> ||
                    std::is_const_v<std::remove_reference_t<Parameter>>,
                "a value cannot be changed: take it as T const&");
  using type = value_argument<T>;
};
template <class Parameter, class T>
struct ref_argument_for<Parameter, T, object_ref<T>> {
  using type = plain_argument<Parameter>;
};
template <class Parameter, class E>
struct ref_argument_for<Parameter, chunk, reading<E>> {
  using type = reading_argument<E>;
};
template <class Parameter, class T>
struct ref_argument_for<Parameter, object_ref_generator<T>, object_ref_generator<T>> {
  using type = growing_argument<T>;
};

template <class Parameter, class T>
struct argument_for<Parameter, object_ref<T>> : ref_argument_for<Parameter, T> {};

}  // namespace sluice::detail
