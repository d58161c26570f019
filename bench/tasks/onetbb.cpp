#include <bench/tasks/contender.hpp>

#include <array>
#include <numeric>

#include <oneapi/tbb.h>

namespace sluice::bench {

namespace {

class onetbb_tasks final : public contender {
 public:
  explicit onetbb_tasks(unsigned threads)
      : limit_(tbb::global_control::max_allowed_parallelism, threads),
        arena_(static_cast<int>(threads)) {}

  std::string name() const override { return "oneTBB"; }

  std::uint64_t run_tasks(std::uint64_t count) override {
    return arena_.execute([&] {
      std::uint64_t sum = 0;
      std::array<int, tasks_at_once> results{};
      tbb::task_group group;
      for (std::uint64_t done = 0; done < count;) {
        std::uint64_t const now = std::min(tasks_at_once, count - done);
        for (std::uint64_t i = 0; i < now; ++i) group.run([&results, i] { results[i] = 1; });
        group.wait();
        sum = std::accumulate(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(now),
                              sum);
        done += now;
      }
      return sum;
    });
  }

  std::uint64_t run_items(std::uint64_t count) override {
    return arena_.execute([&] {
      std::uint64_t next = 0;
      std::uint64_t sum = 0;
      auto const make = [&](tbb::flow_control& flow) -> std::uint64_t {
        if (next == count) flow.stop();
        return next == count ? 0 : next++;
      };
      auto const add = [&](std::uint64_t number) { sum += number; };
      tbb::parallel_pipeline(
          items_alive_max,
          tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order, make) &
              tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order, add));
      return sum;
    });
  }

 private:
  tbb::global_control const limit_;
  tbb::task_arena arena_;
};

}  // namespace

std::unique_ptr<contender> make_onetbb(unsigned threads) {
  return std::make_unique<onetbb_tasks>(threads);
}

}  // namespace sluice::bench
