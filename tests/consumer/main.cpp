// squares [host] [sim] [cuda]: a stream of numbers, squared by a kernel of this program, summed by
// one of Sluice's, at each of these places. `find` tells what there is of CUDA. Exit code 0 when
// every sum is right, 1 when one is not, 3 when CUDA was asked for and cannot be used.

#include <square.kernel.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/cuda/device.hpp>
#include <sluice/kernels/iota.hpp>
#include <sluice/kernels/sum.hpp>
#include <sluice/runtime/runtime.hpp>

sluice::generator<sluice::chunk> squares(sluice::context here, std::uint32_t count) {
  constexpr std::uint32_t step = 1000;
  for (std::uint32_t first = 0; first < count; first += step) {
    auto values = co_await here.make<std::uint32_t>(std::min(step, count - first));
    sluice::iota(here, values.view(), first);
    sluice::launch(here).run<square_body>(values.update());
    co_yield std::move(values).seal();
  }
}

sluice::generator<std::uint64_t> sum(sluice::context here, sluice::reading<std::uint32_t> values) {
  auto scratch = co_await here.make<std::byte>(sluice::sum_workspace_bytes(values.size()));
  auto total = co_await here.make<std::uint64_t>(1);
  sluice::sum(here.with(scratch.update()), values.view(), total.view());
  std::uint64_t const result = co_await here.fetch(total);
  co_yield result;
}

bool is_right(std::string_view name, sluice::machine world, sluice::place where) {
  constexpr std::uint32_t count = 50'500;  // squares up to 2^31.2: none wraps
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < count; ++i) expected += i * i;

  sluice::runtime rt(std::move(world), {});
  auto const make = sluice::task("squares", squares).on(where);
  auto const add = sluice::task("sum", sum).num_returns<1>().on(where);
  std::vector<sluice::object_ref<std::uint64_t>> sums;
  for (auto const& each : rt.submit(make, count)) sums.push_back(rt.submit(add, each));
  std::uint64_t total = 0;
  for (auto const& each : sums) total += *rt.get(each);
  std::printf("%.*s: %zu chunks, sum of squares %llu\n", static_cast<int>(name.size()), name.data(),
              sums.size(), static_cast<unsigned long long>(total));
  return total == expected && sums.size() == (count + 999) / 1000;
}

int main(int count, char** words) {
  bool all_right = true;
  sluice::cuda_presence const cuda = sluice::find_cuda();
  for (int i = 1; i < count; ++i) {
    std::string_view const name = words[i];
    if (name == "host") {
      all_right &= is_right(name, sluice::machine::cpu_only(), sluice::cpu);
    } else if (name == "sim") {
      auto world = sluice::machine::with_simulated_devices({sluice::sim_options{}});
      all_right &= is_right(name, std::move(world), sluice::gpu(0));
    } else if (name == "find" || cuda.devices == 0) {
      std::printf("cuda: %d devices; %s\n", cuda.devices, cuda.reason.c_str());
      if (name != "find") return 3;
    } else {
      all_right &= is_right(name, sluice::machine::detect(), sluice::gpu(0));
    }
  }
  return all_right ? 0 : 1;
}
