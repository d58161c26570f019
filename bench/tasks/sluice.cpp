#include <bench/tasks/contender.hpp>

#include <vector>

#include <sluice/runtime/runtime.hpp>

namespace sluice::bench {

namespace {

int nothing() {
  return 1;
}

generator<std::uint64_t> give_out(context here, std::uint64_t count) {
  auto const empty = task("nothing", nothing);
  std::uint64_t sum = 0;
  std::vector<object_ref<int>> refs;
  for (std::uint64_t i = 0; i < count; ++i) {
    refs.push_back(here.submit(empty));
    if (refs.size() < tasks_at_once && i + 1 < count) continue;
    for (auto const& each : refs) {
      auto const one = co_await here.get(each);
      sum += static_cast<std::uint64_t>(*one);
    }
    refs.clear();
  }
  co_yield sum;
}

generator<std::uint64_t> numbers(context, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) co_yield i;
}

generator<std::uint64_t> add_up(context here, object_ref_generator<std::uint64_t> from) {
  std::uint64_t sum = 0;
  while (auto const ref = co_await from.next()) {
    auto const number = co_await here.get(*ref);
    sum += *number;
  }
  co_yield sum;
}

runtime_options with_workers(unsigned count) {
  runtime_options options;
  options.workers = count;
  return options;
}

class sluice_tasks final : public contender {
 public:
  explicit sluice_tasks(unsigned threads) : home_(machine::cpu_only(), with_workers(threads)) {}

  std::string name() const override { return "Sluice"; }

  std::uint64_t run_tasks(std::uint64_t count) override {
    auto const given = task("give out", give_out).num_returns<1>();
    return *home_.get(home_.submit(given, count));
  }

  std::uint64_t run_items(std::uint64_t count) override {
    auto const made = task("numbers", numbers).ahead(window(items_alive_max, 1 << 20));
    auto const added = task("add up", add_up).num_returns<1>();
    return *home_.get(home_.submit(added, home_.submit(made, count)));
  }

 private:
  runtime home_;
};

}  // namespace

std::unique_ptr<contender> make_sluice(unsigned threads) {
  return std::make_unique<sluice_tasks>(threads);
}

}  // namespace sluice::bench
