// What the runtime rests on about coroutine frames: what is destroyed when, and who is told what.

#include <compilers/report.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

int seen_by_operator_new = 0;
int seen_by_promise = 0;
std::size_t frames_alive = 0;

struct tag {
  int value = 0;
};

// A generator that keeps what was yielded, by move; `rethrows`: its unhandled_exception never
// returns.
template <class T, bool rethrows = false>
struct maker {
  struct promise_type {
    promise_type() = default;
    template <class... Rest>
    explicit promise_type(tag const& first, Rest const&...) {
      seen_by_promise = first.value;
    }
    template <class... Rest>
    void* operator new(std::size_t bytes, tag const& first, Rest const&...) {
      seen_by_operator_new = first.value;
      ++frames_alive;
      return std::malloc(bytes);
    }
    void* operator new(std::size_t bytes) {
      ++frames_alive;
      return std::malloc(bytes);
    }
    void operator delete(void* frame) {
      --frames_alive;
      std::free(frame);
    }
    maker get_return_object() {
      return maker{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T&& value) {
      kept.emplace(std::move(value));
      return {};
    }
    void return_void() {}
    void unhandled_exception() {
      if constexpr (rethrows) throw;
      error = std::current_exception();
    }
    std::optional<T> kept;
    std::exception_ptr error;
  };
  std::coroutine_handle<promise_type> handle;
};

maker<counted> yields_between_locals() {
  counted first;
  {
    counted inner;
    co_yield counted(1);
  }
  counted second;
  co_yield counted(2);
  counted third;
}

void destroying_while_suspended() {
  bool once = true;
  for (int steps = 0; steps < 4; ++steps) {
    counted::begun = counted::ended = 0;
    auto made = yields_between_locals();
    for (int i = 0; i < steps; ++i) made.handle.resume();
    made.handle.destroy();
    once = once && counted::alive() == 0;
  }
  expect(once, "destroyed at any suspension: every local and temporary ended once");
  expect(frames_alive == 0, "every frame given back");
}

maker<counted> takes_by_value(counted, counted b) {
  co_yield std::move(b);
}

void parameters_live_in_the_frame() {
  counted::begun = counted::ended = 0;
  {
    counted named(5);
    auto made = takes_by_value(named, counted(6));
    made.handle.resume();
    expect(made.handle.promise().kept->value == 6, "a parameter can be moved out by co_yield");
    made.handle.destroy();
  }
  expect(counted::alive() == 0, "parameters: every copy ended once");
}

// Not inlined, because clang leaves out the allocation of a frame that its caller destroys.
[[gnu::noinline]] maker<int> takes_tag(tag, int n) {
  co_yield std::move(n);
}

void promise_sees_the_parameters() {
  auto made = takes_tag(tag{41}, 1);
  expect(seen_by_operator_new == 41, "promise operator new gets the parameters");
  expect(seen_by_promise == 41, "the promise's constructor gets the parameters");
  made.handle.destroy();
}

maker<std::unique_ptr<int>> yields_move_only() {
  auto value = std::make_unique<int>(9);
  co_yield std::move(value);
  expect(value == nullptr, "co_yield std::move(x) leaves x empty");
  co_yield std::make_unique<int>(10);
}

void move_only_values() {
  auto made = yields_move_only();
  made.handle.resume();
  expect(**made.handle.promise().kept == 9, "co_yield of a move-only local");
  made.handle.resume();
  expect(**made.handle.promise().kept == 10, "co_yield of a move-only temporary");
  made.handle.destroy();
}

template <bool rethrows>
maker<counted, rethrows> throws_after_one() {
  counted local;
  co_yield counted(1);
  counted other;
  throw std::runtime_error("thrown by the body");
}

void errors_kept_by_the_promise() {
  counted::begun = counted::ended = 0;
  auto made = throws_after_one<false>();
  made.handle.resume();
  made.handle.resume();
  expect(made.handle.done(), "after a throw the coroutine is at its final suspension");
  expect(made.handle.promise().error != nullptr, "and the promise has the exception");
  expect(made.handle.promise().kept->value == 1, "and what was yielded is still there");
  made.handle.destroy();
  expect(counted::alive() == 0, "and every local ended once");
}

// Why unhandled_exception must return: else clang 19 forgets that the locals are gone.
void errors_rethrown_by_the_promise() {
  counted::begun = counted::ended = 0;
  auto made = throws_after_one<true>();
  made.handle.resume();
  bool thrown = false;
  try {
    made.handle.resume();
  } catch (std::runtime_error const&) {
    thrown = true;
  }
  expect(thrown, "what unhandled_exception rethrows leaves resume()");
  expect(made.handle.done(), "and the coroutine is at its final suspension");
  made.handle.destroy();
  std::printf("unhandled_exception that rethrows: %d destroyed twice\n", -counted::alive());
  if (is_gcc_12) expect(counted::alive() == 0, "g++ 12 is clean");
  if (is_clang_19) {
    expect((counted::alive() == 0) == (optimisation == 0), "clang 19 is clean only at -O0");
  }
}

struct throws_on_resume : std::suspend_always {
  void await_resume() const { throw std::runtime_error("thrown by await_resume"); }
};

maker<int> catches() {
  int caught = 0;
  try {
    co_await throws_on_resume();
  } catch (std::runtime_error const&) {
    caught = 1;
  }
  co_yield std::move(caught);
}

void errors_of_an_await_can_be_caught() {
  auto made = catches();
  made.handle.resume();
  made.handle.resume();
  expect(made.handle.promise().kept == 1, "a body catches what await_resume throws");
  made.handle.destroy();
}

}  // namespace

int main() {
  destroying_while_suspended();
  parameters_live_in_the_frame();
  promise_sees_the_parameters();
  move_only_values();
  errors_kept_by_the_promise();
  errors_rethrown_by_the_promise();
  errors_of_an_await_can_be_caught();
  return finish();
}
