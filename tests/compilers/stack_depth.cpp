// How deep the stack gets in a loop that awaits children which end at once, by symmetric transfer.
// g++ 12 makes that a tail call only from -O2 on (and never under its sanitizers): else every await
// stays on the stack, so the executor must count resumes. Returning to a loop is flat everywhere.

#include <compilers/report.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>

namespace {

std::uintptr_t deepest = 0;

std::uintptr_t stack_now() {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

void note_depth() {
  if (stack_now() < deepest) deepest = stack_now();
}

std::coroutine_handle<> waiting_for_loop = nullptr;  // what a loop is to resume next

template <bool symmetric>
struct task {
  struct promise_type {
    struct ends {
      bool await_ready() const noexcept { return false; }
      auto await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        if constexpr (symmetric) {
          return self.promise().parent;
        } else {
          waiting_for_loop = self.promise().parent;
        }
      }
      void await_resume() const noexcept {}
    };
    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    ends final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
    std::coroutine_handle<> parent = std::noop_coroutine();
  };

  explicit task(std::coroutine_handle<promise_type> h) : handle(h) {}
  task(task const&) = delete;
  ~task() { handle.destroy(); }

  bool await_ready() const noexcept { return false; }
  auto await_suspend(std::coroutine_handle<> parent) noexcept {
    handle.promise().parent = parent;
    if constexpr (symmetric) {
      return handle;
    } else {
      waiting_for_loop = handle;
    }
  }
  void await_resume() const noexcept {}

  std::coroutine_handle<promise_type> handle;
};

template <bool symmetric>
task<symmetric> child() {
  note_depth();
  co_return;
}

template <bool symmetric>
task<symmetric> parent(int awaits) {
  for (int i = 0; i < awaits; ++i) co_await child<symmetric>();
}

template <bool symmetric>
std::size_t stack_bytes(int awaits) {
  std::uintptr_t const base = deepest = stack_now();
  task<symmetric> root = parent<symmetric>(awaits);
  if constexpr (symmetric) {
    root.handle.resume();
  } else {
    waiting_for_loop = root.handle;
    while (!root.handle.done()) waiting_for_loop.resume();
  }
  return base - deepest;
}

}  // namespace

int main() {
  constexpr int few = 10, many = 2010;
  auto const grown = stack_bytes<true>(many) - stack_bytes<true>(few);
  std::printf("symmetric transfer: %zu bytes of stack per ready await\n", grown / (many - few));
  bool const flat = grown < 1000;
  if (is_gcc_12) expect(flat == (optimisation >= 2), "g++ 12: flat only from -O2 on");
  if (is_clang_19) expect(flat, "clang 19: flat");

  auto const loop_grown = stack_bytes<false>(many) - stack_bytes<false>(few);
  expect(loop_grown < 1000, "returning to a loop: flat");
  return finish();
}
