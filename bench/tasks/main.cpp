// Nanoseconds of one empty task and of one items item, beside oneTBB and OpenMP.
//
//   usage: sluice_tasks [ROUNDS]
//
// The contenders take turns, so that a busy machine is busy for all of them; a first round of each
// is not counted. Prints the median and the extremes in Markdown. Exit status 1: a sum was wrong.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include <bench/tasks/contender.hpp>

namespace sluice::bench {
namespace {

constexpr std::uint64_t tasks = 200'000;
constexpr std::uint64_t items = 200'000;

using way = std::unique_ptr<contender> (*)(unsigned threads);
constexpr way ways[] = {make_sluice, make_onetbb, make_openmp};

struct samples {
  std::vector<double> tasks;
  std::vector<double> items;
};

template <class F>
double nanoseconds_each(std::uint64_t count, std::uint64_t expected, F&& run) {
  auto const begin = std::chrono::steady_clock::now();
  std::uint64_t const sum = run(count);
  std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - begin;
  if (sum == expected) return took.count() / static_cast<double>(count);
  std::fprintf(stderr, "sluice_tasks: the sum is %llu, not %llu\n",
               static_cast<unsigned long long>(sum), static_cast<unsigned long long>(expected));
  std::exit(EXIT_FAILURE);
}

void measure(contender& each, samples& into, bool counts) {
  double const task = nanoseconds_each(tasks, tasks, [&](auto n) { return each.run_tasks(n); });
  double const item =
      nanoseconds_each(items, items * (items - 1) / 2, [&](auto n) { return each.run_items(n); });
  if (!counts) return;
  into.tasks.push_back(task);
  into.items.push_back(item);
}

void print(std::vector<double>& taken) {
  std::ranges::sort(taken);
  std::printf(" %.0f (%.0f to %.0f) |", taken[taken.size() / 2], taken.front(), taken.back());
}

void compare(unsigned threads, int rounds) {
  std::vector<samples> all(std::size(ways));
  std::vector<std::string> names;
  for (int round = 0; round <= rounds; ++round)
    for (std::size_t i = 0; i < std::size(ways); ++i) {
      auto const each = ways[i](threads);  // alone: idle threads of others would take turns
      if (round == 0) names.push_back(each->name());
      measure(*each, all[i], round > 0);
    }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::printf("| %s | %u |", names[i].c_str(), threads);
    print(all[i].tasks);
    print(all[i].items);
    std::printf("\n");
  }
}

}  // namespace
}  // namespace sluice::bench

int main(int count, char** words) {
  int const rounds = std::max(1, count > 1 ? std::atoi(words[1]) : 9);
  std::printf("| | threads | an empty task, ns | a streamed item, ns |\n|---|---|---|---|\n");
  sluice::bench::compare(1, rounds);
  unsigned const cores = std::thread::hardware_concurrency();
  if (cores > 1) sluice::bench::compare(cores, rounds);
  return 0;
}
