// g++ 12 destroys some temporaries twice when their full expression suspends. The forms that the
// house forbids are pinned here, and the forms it asks for instead must be clean everywhere.

#include <array>
#include <compilers/report.hpp>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace {

struct aggregate {
  counted a, b;
};
struct options {
  counted name;
  int limit = 0;
};
struct with_constructor {
  with_constructor(counted x, counted y) : a(std::move(x)), b(std::move(y)) {}
  counted a, b;
};

// Runs at the call; suspends at each await and yield, and is resumed by run().
struct script {
  struct promise_type {
    script get_return_object() {
      return script{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    template <class T>
    std::suspend_always yield_value(T&& value) {
      [[maybe_unused]] auto taken = std::forward<T>(value);
      return {};
    }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

template <class... T>
std::suspend_always take(T const&...) {
  return {};
}
struct gives_counted : std::suspend_always {
  counted await_resume() const { return counted(7); }
};

struct aggregate_awaiter : std::suspend_always {
  counted held = counted(0);
};
struct awaiter_with_constructor : std::suspend_always {
  explicit awaiter_with_constructor(int v) : held(v) {}
  std::optional<counted> await_resume() const {
    if (held.value == 0) return std::nullopt;
    return counted(held.value);
  }
  counted held;
};
awaiter_with_constructor next(int v) {
  return awaiter_with_constructor(v);
}
aggregate make_aggregate() {
  return {counted(1), counted(2)};
}

// --- the broken forms ---
script yields_aggregate() {
  counted a, b;
  co_yield aggregate{std::move(a), std::move(b)};
}
script passes_designated_options() {
  co_await take(options{.name = counted(1), .limit = 2});
}
script passes_array() {
  co_await take(std::array<counted, 2>{counted(1), counted(2)});
}
script passes_capturing_lambda() {
  counted big;
  co_await take([big] { return big.value; });
}
script chooses_class_type(bool first) {
  counted other;
  counted chosen = first ? co_await gives_counted{} : other;
  co_await take(chosen.value);
}
script chooses_without_awaiting_inside(bool first) {
  co_await take(first ? counted(1) : counted(2));
}
script awaits_inside_aggregate_braces() {
  aggregate both{co_await gives_counted{}, counted(2)};
  co_await take(both.a.value);
}
script awaits_inside_array_braces() {
  counted both[2] = {co_await gives_counted{}, counted(2)};
  co_await take(both[0].value);
}
script awaits_aggregate() {
  co_await aggregate_awaiter{};
}

// --- what the house asks for instead ---
script yields_named_local() {
  counted a, b;
  aggregate both{std::move(a), std::move(b)};
  co_yield std::move(both);
}
script yields_type_with_constructor() {
  counted a, b;
  co_yield with_constructor(std::move(a), std::move(b));
}
script passes_named_lambda() {
  counted big;
  auto const named = [big] { return big.value; };
  co_await take(named);
}
script passes_lambda_with_reference() {
  counted big;
  co_await take([&big] { return big.value; });
}
script chooses_by_if(bool first) {
  counted chosen;
  if (first) chosen = co_await gives_counted{};
  co_await take(chosen.value);
}
script passes_aggregate_from_function() {
  co_await take(make_aggregate());
}
script loops_until_empty() {
  int left = 3;
  while (auto item = co_await next(left)) --left;
}
script tests_two_conditions(bool first) {
  [[maybe_unused]] int local = 0;  // without one g++ 12 breaks this: see await_in_condition.cpp
  if (first && (co_await next(1)).has_value()) co_await take(counted(1));
}

template <class Make>
int destroyed_too_often(Make make) {
  counted::begun = counted::ended = 0;
  script s = make();
  while (!s.handle.done()) s.handle.resume();
  s.handle.destroy();
  return -counted::alive();
}

template <class Make>
void broken(char const* what, Make make) {
  int const twice = destroyed_too_often(make);
  std::printf("%s: %d destroyed twice\n", what, twice);
  if (is_gcc_12) expect(twice > 0, "g++ 12 destroys twice");
  if (is_clang_19) expect(twice == 0, "clang 19 is clean");
}

template <class Make>
void clean(char const* what, Make make) {
  expect(destroyed_too_often(make) == 0, what);
}

}  // namespace

int main() {
  broken("co_yield of an aggregate", yields_aggregate);
  broken("designated options in a co_await", passes_designated_options);
  broken("std::array in a co_await", passes_array);
  broken("lambda capturing by value in a co_await", passes_capturing_lambda);
  broken("class-type ?: with co_await, taken", [] { return chooses_class_type(true); });
  broken("class-type ?: with co_await, not taken", [] { return chooses_class_type(false); });
  broken("class-type ?: beside a co_await", [] { return chooses_without_awaiting_inside(true); });
  broken("co_await inside the braces of an aggregate", awaits_inside_aggregate_braces);
  broken("co_await inside the braces of an array", awaits_inside_array_braces);
  broken("co_await of an aggregate", awaits_aggregate);

  clean("co_yield std::move(named aggregate)", yields_named_local);
  clean("co_yield of a type with a constructor", yields_type_with_constructor);
  clean("named lambda in a co_await", passes_named_lambda);
  clean("lambda capturing by reference in a co_await", passes_lambda_with_reference);
  clean("if instead of ?:, taken", [] { return chooses_by_if(true); });
  clean("if instead of ?:, not taken", [] { return chooses_by_if(false); });
  clean("aggregate returned by a function, in a co_await", passes_aggregate_from_function);
  clean("while (auto item = co_await next())", loops_until_empty);
  clean("a && co_await b", [] { return tests_two_conditions(true); });
  return finish();
}
