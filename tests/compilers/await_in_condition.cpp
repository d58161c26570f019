// g++ 12 miscompiles a coroutine that awaits in the condition of an if, while or switch and
// declares no local variable anywhere: it crashes or never ends. Awaiting into a named local is
// clean.
//
// Each body runs in a child process, because the broken ones take the process with them.

#include <sys/wait.h>
#include <unistd.h>

#include <compilers/report.hpp>
#include <coroutine>
#include <exception>

namespace {

struct script {
  struct promise_type {
    script get_return_object() {
      return script{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct gives_true : std::suspend_always {
  bool await_resume() const noexcept { return true; }
};

int calls = 0;
void call() {
  ++calls;
}

script if_without_local() {
  if (co_await gives_true()) call();
}
script while_without_local() {
  while (co_await gives_true()) {
    call();
    co_return;
  }
}
script if_with_any_local() {
  [[maybe_unused]] int any = 0;
  if (co_await gives_true()) call();
}
script if_with_named_local() {
  bool const go = co_await gives_true();
  if (go) call();
}
script while_with_declaration() {
  while (bool const go = co_await gives_true()) {
    if (go) call();
    co_return;
  }
}

// Whether the body calls call() once and ends.
bool works(script (*make)()) {
  std::fflush(stdout);
  pid_t const child = fork();
  if (child == 0) {
    alarm(2);
    script s = make();
    for (int i = 0; i < 10 && !s.handle.done(); ++i) s.handle.resume();
    bool const good = s.handle.done() && calls == 1;
    s.handle.destroy();
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void broken(char const* what, script (*make)()) {
  bool const good = works(make);
  std::printf("%s: %s\n", what, good ? "works" : "breaks");
  if (is_gcc_12) expect(!good, "g++ 12 breaks it");
  if (is_clang_19) expect(good, "clang 19 is clean");
}

}  // namespace

int main() {
  broken("if (co_await) in a body without locals", if_without_local);
  broken("while (co_await) in a body without locals", while_without_local);
  expect(works(if_with_any_local), "if (co_await) in a body with a local");
  expect(works(if_with_named_local), "co_await into a named local, then if");
  expect(works(while_with_declaration), "while (auto x = co_await)");
  return finish();
}
