// A generator task whose consumers start at its first chunk: ramps of numbers, summed one by one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <sluice/kernels/iota.hpp>
#include <sluice/kernels/sum.hpp>
#include <sluice/runtime/runtime.hpp>

// [readme]
// One body for every place: `here` is a CPU or a GPU.
sluice::generator<sluice::chunk> ramps(sluice::context here, std::uint32_t count) {
  constexpr std::uint32_t step = 1 << 18;
  for (std::uint32_t first = 0; first < count; first += step) {
    auto out = co_await here.make<std::uint32_t>(std::min(step, count - first));
    sluice::iota(here, out.view(), first);  // Thrust: enqueued on a GPU, run on a CPU
    co_yield std::move(out).seal();         // frozen; its consumers start now
  }
}

sluice::generator<std::uint64_t> sum(sluice::context here, sluice::reading<std::uint32_t> numbers) {
  auto scratch = co_await here.make<std::byte>(sluice::sum_workspace_bytes(numbers.size()));
  auto total = co_await here.make<std::uint64_t>(1);
  sluice::sum(here.with(scratch.update()), numbers.view(), total.view());
  std::uint64_t const result = co_await here.fetch(total);
  co_yield result;
}

std::uint64_t sum_of_ramps(sluice::runtime& rt, std::uint32_t count) {
  auto const ramp_task = sluice::task("ramps", ramps);
  auto const sum_task = sluice::task("sum", sum).num_returns<1>();
  std::vector<sluice::object_ref<std::uint64_t>> sums;
  for (auto const& ramp : rt.submit(ramp_task, count))  // streaming: refs come as they are made
    sums.push_back(rt.submit(sum_task, ramp));          // runs while later ramps are still made
  std::uint64_t total = 0;
  for (auto const& each : sums) total += *rt.get(each);
  return total;
}
// [readme]

int main() {
  constexpr std::uint32_t count = 10'000'000;
  std::uint64_t const expected = std::uint64_t{count} * (count - 1) / 2;
  sluice::runtime rt;
  std::uint64_t const total = sum_of_ramps(rt, count);
  std::printf("the sum of 0 to %u is %llu\n", count - 1, static_cast<unsigned long long>(total));
  return total == expected ? 0 : 1;
}
