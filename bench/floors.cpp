// What one task and one streamed item cost, for an instruction counter to count: nothing but they
// grows with COUNT.
//
//   usage: sluice_floors tasks|items COUNT
//
// One worker, and everything inside one task, so that no thread sleeps and wakes in between.
// `tasks`: empty tasks with a ref each, submitted 32 at a time and each awaited. `items`: one
// stream of small values, each taken and read by a consumer.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <sluice/runtime/runtime.hpp>

namespace {

constexpr std::uint64_t tasks_at_once = 32;

int nothing() {
  return 1;
}

sluice::generator<std::uint64_t> run_tasks(sluice::context here, std::uint64_t count) {
  auto const empty = sluice::task("nothing", nothing);
  std::uint64_t sum = 0;
  std::vector<sluice::object_ref<int>> refs;
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

sluice::generator<std::uint64_t> numbers(sluice::context, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) co_yield 1;
}

sluice::generator<std::uint64_t> run_items(sluice::context here, std::uint64_t count) {
  auto stream = here.submit(sluice::task("numbers", numbers), count);
  std::uint64_t sum = 0;
  while (auto each = co_await stream.next()) {
    auto const one = co_await here.get(*each);
    sum += *one;
  }
  co_yield sum;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return EXIT_FAILURE;
  std::uint64_t const many = std::strtoull(words[2], nullptr, 10);
  sluice::runtime_options options;
  options.workers = 1;
  sluice::runtime rt(options);
  auto const body = std::string_view(words[1]) == "tasks" ? run_tasks : run_items;
  auto const sum = rt.submit(sluice::task("all", body).num_returns<1>(), many);
  return *rt.get(sum) == many ? EXIT_SUCCESS : EXIT_FAILURE;
}
