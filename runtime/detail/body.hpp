// What a body looks like: a function pointer or a functor without state, taken apart.

#pragma once

#include <tuple>
#include <type_traits>

#include <sluice/runtime/context.hpp>
#include <sluice/runtime/generator.hpp>

namespace sluice::detail {

template <class R>
inline constexpr bool is_generator = false;
template <class T>
inline constexpr bool is_generator<generator<T>> = true;

template <class... Ps>
struct parameter_list {};

template <class F>
struct body_of_pointer;
template <class R, class... Ps>
struct body_of_pointer<R (*)(Ps...)> {
  using result = R;
  using parameters = parameter_list<Ps...>;
  static constexpr bool takes_context = false;
};
template <class R, class... Ps>
struct body_of_pointer<R (*)(context, Ps...)> {
  using result = R;
  using parameters = parameter_list<Ps...>;
  static constexpr bool takes_context = true;
};

// A body as a plain function pointer: lambdas without captures decay to one.
template <class F>
constexpr auto as_pointer(F body) {
  if constexpr (std::is_pointer_v<F>) {
    static_assert(std::is_function_v<std::remove_pointer_t<F>>, "a body is a function");
    return body;
  } else {
    static_assert(std::is_empty_v<F>,
                  "a body has no state: what it needs is an argument (a capture would dangle)");
    return +body;
  }
}

template <class F>
using body_traits = body_of_pointer<decltype(as_pointer(std::declval<F>()))>;

}  // namespace sluice::detail
