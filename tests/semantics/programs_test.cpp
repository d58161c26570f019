// C2, C4, C6, C9, C17: random programs against what they mean, worked out one step after another.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <support/bodies.hpp>
#include <support/runtimes.hpp>

namespace sluice::test {
namespace {

class Programs : public testing::TestWithParam<world> {};
INSTANTIATE_TEST_SUITE_P(On, Programs, testing::ValuesIn(worlds()), world_name);

// A number, or the name of the task that failed.
class outcome {
 public:
  outcome(int number) : number_(number) {}
  explicit outcome(std::string root) : root_(std::move(root)) {}

  bool failed() const { return !root_.empty(); }
  int number() const { return number_; }
  std::string const& root() const { return root_; }

 private:
  int number_ = 0;
  std::string root_;
};

int add(int a, int b) {
  return (a * 31 + b) % 100'003;
}
int refuse(int, int) {
  throw std::runtime_error("this step always fails");
}
generator<int> spread(context, value<int> from, int count, int fails_at) {
  for (int i = 0; i < count; ++i) {
    if (i == fails_at) throw std::runtime_error("spread was told to fail");
    co_yield *from + i;
  }
}
generator<int> add_all(context here, object_ref_generator<int> numbers, value<int> start) {
  int total = *start;
  while (auto ref = co_await numbers.next()) {
    auto const number = co_await here.get(*ref);
    total = add(total, *number);
  }
  co_yield total;
}

struct node {
  object_ref<int> ref;
  outcome expected;
};

// One task more, which uses earlier ones.
class program {
 public:
  program(runtime& rt, sluice::place where, std::uint64_t seed)
      : rt_(rt), where_(where), random_(seed) {
    nodes_.push_back({rt.put(7), 7});
  }

  void grow() {
    switch (random_() % 6) {
      case 0:
        return combine(random_() % 8 == 0);
      case 1:
        return spread_static();
      case 2:
        return through_stream();
      case 3:
        return through_dynamic();
      case 4:
        if (nodes_.size() > 3) nodes_.erase(nodes_.begin() + pick());  // nobody names it any more
        return;
      default:
        return combine(false);
    }
  }

  void check() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      SCOPED_TRACE("node " + std::to_string(i));
      node const& each = nodes_[i];
      if (!each.expected.failed()) {
        EXPECT_EQ(*rt_.get(each.ref), each.expected.number());
      } else if (auto const error = error_of<task_error>(rt_, each.ref)) {
        EXPECT_EQ(error->task(), each.expected.root());
      }
    }
  }

 private:
  std::ptrdiff_t pick() { return static_cast<std::ptrdiff_t>(random_() % nodes_.size()); }
  node const& any_node() { return nodes_[static_cast<std::size_t>(pick())]; }
  std::string name() { return "task " + std::to_string(names_++); }
  int small() { return static_cast<int>(random_() % 12); }

  void combine(bool fails) {
    node const a = any_node();
    node const b = any_node();
    std::string const called = name();
    auto ref = rt_.submit(task(called, fails ? refuse : add).on(where_), a.ref, b.ref);
    outcome expected = a.expected.failed() ? a.expected : b.expected;
    if (!expected.failed()) {
      if (fails)
        expected = outcome(called);
      else
        expected = add(a.expected.number(), b.expected.number());
    }
    nodes_.push_back({std::move(ref), std::move(expected)});
  }

  void spread_static() {
    node const from = any_node();
    int const count = 1 + small();
    int const fails_at = random_() % 4 == 0 ? small() : -1;
    std::string const called = name();
    auto const refs =
        rt_.submit(task(called, spread).on(where_).num_returns(static_cast<std::size_t>(count)),
                   from.ref, count, fails_at);
    for (int i = 0; i < count; ++i) {
      outcome expected = from.expected;
      bool const hit = fails_at >= 0 && fails_at <= i;
      if (!expected.failed()) {
        if (hit)
          expected = outcome(called);
        else
          expected = from.expected.number() + i;
      }
      nodes_.push_back({refs[static_cast<std::size_t>(i)], std::move(expected)});
    }
  }

  // The first failure in the order of the body's waits is the one that it ends with.
  outcome total_of(node const& start, node const& from, std::string const& called, int count,
                   int fails_at) {
    if (start.expected.failed()) return start.expected;
    if (from.expected.failed()) return from.expected;
    if (fails_at >= 0 && fails_at < count) return outcome(called);
    int total = start.expected.number();
    for (int i = 0; i < count; ++i) total = add(total, from.expected.number() + i);
    return total;
  }

  void through_stream() {
    node const from = any_node();
    node const start = any_node();
    int const count = 3 * small();
    int const fails_at = random_() % 4 == 0 ? small() : -1;
    std::string const called = name();
    window const ahead(1 + random_() % 4, 1 + random_() % 64);
    auto numbers =
        rt_.submit(task(called, spread).on(where_).ahead(ahead), from.ref, count, fails_at);
    auto ref = rt_.submit(task("add all", add_all).on(where_).num_returns<1>(), std::move(numbers),
                          start.ref);
    nodes_.push_back({std::move(ref), total_of(start, from, called, count, fails_at)});
  }

  void through_dynamic() {
    node const from = any_node();
    node const start = any_node();
    int const count = 3 * small();
    int const fails_at = random_() % 4 == 0 ? small() : -1;
    std::string const called = name();
    auto const numbers =
        rt_.submit(task(called, spread).on(where_).num_returns(dynamic), from.ref, count, fails_at);
    for (int readers = 0; readers < 2; ++readers) {
      auto ref =
          rt_.submit(task("add all", add_all).on(where_).num_returns<1>(), numbers, start.ref);
      nodes_.push_back({std::move(ref), total_of(start, from, called, count, fails_at)});
    }
  }

  runtime& rt_;
  sluice::place const where_;
  std::mt19937_64 random_;
  std::vector<node> nodes_;
  int names_ = 0;
};

TEST_P(Programs, MeanWhatTheyMeanOneStepAfterAnother) {
  SLUICE_SKIP_WITHOUT(GetParam().at);
  for (std::uint64_t const seed : seeds(40)) {
    SCOPED_TRACE(seed_line(seed));
    world on = GetParam();
    on.seed = seed;
    auto const rt = runtime_on(on);
    program made(*rt, on.where(), seed);
    for (int i = 0; i < 60; ++i) made.grow();
    made.check();
  }
}

}  // namespace
}  // namespace sluice::test
