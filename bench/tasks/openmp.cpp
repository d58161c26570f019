#include <bench/tasks/contender.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace sluice::bench {

namespace {

class openmp_tasks final : public contender {
 public:
  explicit openmp_tasks(unsigned threads) : threads_(static_cast<int>(threads)) {}

  std::string name() const override { return "OpenMP"; }

  std::uint64_t run_tasks(std::uint64_t count) override {
    std::uint64_t sum = 0;
    std::array<int, tasks_at_once> results{};
#pragma omp parallel num_threads(threads_)
#pragma omp single
    for (std::uint64_t done = 0; done < count;) {
      std::uint64_t const now = std::min(tasks_at_once, count - done);
      for (std::uint64_t i = 0; i < now; ++i) {
#pragma omp task default(none) firstprivate(i) shared(results)
        results[i] = 1;
      }
#pragma omp taskwait
      sum =
          std::accumulate(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(now), sum);
      done += now;
    }
    return sum;
  }

  // OpenMP has no streams: of each 8 items the makers are a chain, the adders are one, and a slot
  // orders the two.
  std::uint64_t run_items(std::uint64_t count) override {
    std::uint64_t sum = 0;
    std::uint64_t next = 0;
    std::array<std::uint64_t, items_alive_max> slots{};
#pragma omp parallel num_threads(threads_)
#pragma omp single
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t* const slot = &slots[i % items_alive_max];
#pragma omp task default(none) firstprivate(slot) shared(next) depend(inout : next) \
    depend(out : *slot)
      *slot = next++;
#pragma omp task default(none) firstprivate(slot) shared(sum) depend(in : *slot) depend(inout : sum)
      sum += *slot;
      if ((i + 1) % items_alive_max == 0) {
#pragma omp taskwait
      }
    }
    return sum;
  }

 private:
  int const threads_;
};

}  // namespace

std::unique_ptr<contender> make_openmp(unsigned threads) {
  return std::make_unique<openmp_tasks>(threads);
}

}  // namespace sluice::bench
