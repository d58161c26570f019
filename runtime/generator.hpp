// The coroutine type of a generator task's body: it yields values, one after another.
//
//   Owner    the task record owns the frame. Parameters are copied or moved into it.
//   Threads  steps of one body run one at a time, not always on the same thread.
//   Streams  a yielded value is frozen before the body goes on; the stream of a body is its own for
//            all of its steps.
//   Errors   what leaves the body becomes the error of the values it did not yield.
//   Flow     run -> (body) -> put
//
// Reference parameters do not compile: they would outlive what they refer to. g++ 12 destroys
// aggregate temporaries in a co_yield twice, so aggregates with a destructor cannot be yielded.

#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/runtime/detail/await.hpp>

namespace sluice {

template <class T>
class generator {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a generator yields objects");
  static_assert(!std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>,
                "give this type a constructor: g++ 12 destroys yielded aggregates twice");

 public:
  using value_type = T;

  class promise_type : public detail::body_promise {
   public:
    generator get_return_object() {
      return generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    template <class U>
      requires std::is_constructible_v<T, U>
    std::suspend_always yield_value(U&& made) {
      yielded.emplace(std::forward<U>(made));
      return {};
    }

    // Only what the runtime can suspend on: anything else would block or lose the body. g++ 12
    // copies what await_transform returns, so it gets a pointer; the awaitable lives until the
    // co_await ends.
    template <class A>
      requires std::is_base_of_v<detail::awaitable_base, std::remove_cvref_t<A>>
    detail::awaiting<std::remove_cvref_t<A>> await_transform(A&& what) const noexcept {
      return detail::awaiting<std::remove_cvref_t<A>>(what);
    }

    std::optional<T> yielded;
  };

  generator(generator&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  generator& operator=(generator&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~generator() {
    if (frame_) frame_.destroy();
  }

  // For the task record.
  std::coroutine_handle<promise_type> frame() const noexcept { return frame_; }

 private:
  explicit generator(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace sluice

template <class T, class... Args>
struct std::coroutine_traits<sluice::generator<T>, Args...> {
 private:
  template <class... All>
  static constexpr bool references_after_first() {
    if constexpr (sizeof...(All) == 0)
      return false;
    else
      return skip_first<All...>();
  }
  // The first may be the closure of a lambda without captures: C++ passes it by reference, and
  // inside its own body it is incomplete. task() refuses closures that have state.
  template <class First, class... Rest>
  static constexpr bool skip_first() {
    return dangles<First>() || (false || ... || std::is_reference_v<Rest>);
  }
  template <class First>
  static constexpr bool dangles() {
    if constexpr (std::is_reference_v<First> && requires { sizeof(First); })
      return !std::is_empty_v<std::remove_reference_t<First>>;
    else
      return false;
  }
  static_assert(!references_after_first<Args...>(),
                "a generator's body takes its parameters by value: references would dangle");

 public:
  using promise_type = typename sluice::generator<T>::promise_type;
};
