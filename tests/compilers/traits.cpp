// A specialisation of std::coroutine_traits sees a body's parameter types: enough to refuse
// reference parameters. A member function's object and a closure come first, as references, and
// the closure is incomplete inside its own body.

#include <compilers/report.hpp>
#include <coroutine>
#include <exception>
#include <type_traits>

namespace {

struct body;

// How many of the parameters after the first are references; whether the first is, and is
// incomplete.
inline int references_after_first = -1;
inline bool first_is_reference = false;
inline bool first_is_incomplete = false;

template <class T>
concept complete = requires { sizeof(T); };

struct body {
  struct promise_type {
    body get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

template <bool first_is_complete, class First, class... Rest>
struct recording_promise : body::promise_type {
  recording_promise() {
    references_after_first = (0 + ... + (std::is_reference_v<Rest> ? 1 : 0));
    first_is_reference = std::is_reference_v<First>;
    first_is_incomplete = !first_is_complete;
  }
};

}  // namespace

template <class First, class... Rest>
struct std::coroutine_traits<body, First, Rest...> {
  // Asked here, where a static_assert would stand.
  static constexpr bool first_is_complete = complete<std::remove_reference_t<First>>;
  using promise_type = recording_promise<first_is_complete, First, Rest...>;
};

namespace {

body by_value(int, double) {
  co_return;
}
body by_reference(int, double const&, int&) {
  co_return;
}
struct actor_like {
  body method(int) { co_return; }
};

}  // namespace

int main() {
  by_value(1, 2.0);
  expect(references_after_first == 0 && !first_is_reference, "values are seen as values");

  int i = 0;
  by_reference(1, 2.0, i);
  expect(references_after_first == 2, "reference parameters are seen");

  actor_like().method(1);
  expect(first_is_reference && !first_is_incomplete, "a member function's object comes first");
  expect(references_after_first == 0, "and its parameters after that");

  [](int) -> body { co_return; }(1);
  expect(first_is_reference, "a closure comes first, as a reference");
  expect(first_is_incomplete, "and it is incomplete inside its own body");
  return finish();
}
