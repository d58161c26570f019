// Who runs first when one worker has both: a producer and the consumer that it has woken. What is
// small and quick is made in one turn; for anything else the consumer comes in between.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <sluice/runtime/runtime.hpp>
#include <support/one_worker.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr int count = 12;

// What both wrote down: one letter each time. Both run on the same worker.
class diary {
 public:
  void note(char who) { letters_ += who; }
  // How often the letters change.
  std::size_t changes() const {
    std::size_t found = 0;
    for (std::size_t i = 1; i < letters_.size(); ++i) found += letters_[i] != letters_[i - 1];
    return found;
  }
  std::string const& letters() const { return letters_; }

 private:
  std::string letters_;
};

struct large {
  std::array<std::byte, 5000> bytes{};
};

template <class T>
generator<T> make_each_after(context, diary* notes, manual_waits* clock,
                             std::chrono::nanoseconds each) {
  for (int i = 0; i < count; ++i) {
    clock->advance(each);
    notes->note('p');
    T const made{};
    co_yield made;
  }
}

template <class T>
generator<int> take_all(context here, object_ref_generator<T> values, diary* notes) {
  int taken = 0;
  while (auto const ref = co_await values.next()) {
    auto const one = co_await here.get(*ref);
    notes->note('c');
    ++taken;
  }
  co_yield taken;
}

// The newest task runs first: the consumer waits before the producer has begun.
template <class T>
generator<int> run_both(context here, diary* notes, manual_waits* clock,
                        std::chrono::nanoseconds each) {
  auto values = here.submit(task("make", make_each_after<T>).ahead(window(count, 1 << 20)), notes,
                            clock, each);
  auto const taken =
      here.submit(task("take", take_all<T>).template num_returns<1>(), std::move(values), notes);
  auto const sum = co_await here.get(taken);
  int const found = *sum;
  co_yield found;
}

class Turns : public one_worker {
 protected:
  ~Turns() override { runtime_.reset(); }  // its tasks write the notes

  // How often the worker went from one to the other.
  template <class T>
  std::size_t changes_with(std::chrono::nanoseconds each) {
    auto const taken = runtime_->submit(task("both", run_both<T>).template num_returns<1>(),
                                        &notes_, clock_, each);
    EXPECT_EQ(*runtime_->get(taken), count);
    return notes_.changes();
  }

  diary notes_;
};

TEST_F(Turns, SmallQuickValuesAreMadeInOneTurn) {
  EXPECT_LE(changes_with<int>(0ns), 3u) << notes_.letters();
}

TEST_F(Turns, AConsumerComesBetweenValuesThatTakeTheirTime) {
  EXPECT_GE(changes_with<int>(1ms), count) << notes_.letters();
}

TEST_F(Turns, AConsumerComesBetweenLargeValues) {
  EXPECT_GE(changes_with<large>(0ns), count) << notes_.letters();
}

}  // namespace
}  // namespace sluice::test
