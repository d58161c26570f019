// The last owner of an exception frees it after the others are done with it: libstdc++ counts the
// owners with atomics. ThreadSanitizer does not see them and reports a race.
#include <atomic>
#include <exception>
#include <stdexcept>
#include <thread>

struct thrown : std::runtime_error {
  using runtime_error::runtime_error;
  int number = 3;
};

int number_in(std::exception_ptr const& of) {
  try {
    std::rethrow_exception(of);
  } catch (thrown const& found) {
    return found.number;
  }
}

int main() {
  std::exception_ptr first = std::make_exception_ptr(thrown("x"));
  std::atomic<bool> dropped{false};
  std::thread last([copy = first, &dropped]() mutable {
    while (!dropped.load(std::memory_order_relaxed)) std::this_thread::yield();
    copy = nullptr;
  });
  bool const same = number_in(first) == 3;
  first = nullptr;
  dropped.store(true, std::memory_order_relaxed);
  last.join();
  return same ? 0 : 1;
}
