// The deque under every order of its operations that the C++ memory model allows.

#include <array>
#include <cstddef>
#include <memory>

#include <sluice/runtime/detail/work_deque.hpp>
#include <support/model_checked.hpp>

namespace sluice::test {
namespace {

struct item {
  rl::var<int> written;  // plain memory: a race on it is a fault
  int taken = 0;
};

// The owner pushes and pops, two thieves steal; the ring grows from one cell to four meanwhile.
struct owner_and_thieves : rl::test_suite<owner_and_thieves, 3> {
  using deque = detail::work_deque<item, modelled_atomic>;

  std::array<item, 4> items;
  std::unique_ptr<deque> shared;

  void before() { shared = std::make_unique<deque>(1); }

  void take(item* each) {
    if (each == nullptr) return;
    RL_ASSERT(each->written(RL_INFO) == 1);
    ++each->taken;
  }
  void push(std::size_t which) {
    items[which].written(RL_INFO) = 1;
    shared->push(items[which]);
  }

  void thread(unsigned index) {
    if (index == 0) {
      push(0);
      push(1);
      take(shared->pop());
      push(2);
      take(shared->pop());
      take(shared->pop());
      push(3);
      take(shared->pop());
    } else {
      take(shared->steal());
      take(shared->steal());
    }
  }

  void after() {
    while (item* const each = shared->pop()) take(each);
    for (item const& each : items) RL_ASSERT(each.taken == 1);
    shared.reset();
  }
};

}  // namespace
}  // namespace sluice::test

int main() {
  return sluice::test::check<sluice::test::owner_and_thieves>(
      "each item goes to exactly one thread, with what was written before the push", 100'000);
}
