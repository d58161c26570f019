// squares_test: a test of a project of its own, without a framework. A stream of squares has the
// right sum, on the host and with twenty seeds of the simulated machine. Exit code 0, or by abort.

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing.hpp>

sluice::generator<std::uint64_t> squares(sluice::context, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) co_yield i* i;
}

int main() {
  constexpr std::uint64_t count = 30;
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < count; ++i) expected += i * i;
  auto const test = [&](sluice::tested_machine& on) {
    sluice::runtime rt(on.open(), {});
    std::uint64_t sum = 0;
    for (auto const& each : rt.submit(sluice::task("squares", squares).on(sluice::cpu), count))
      sum += *rt.get(each);
    if (sum != expected) throw std::runtime_error("the sum is " + std::to_string(sum));
  };
  for (sluice::device_kind const at : sluice::places()) {
    if (!sluice::reason_to_skip(at).empty()) continue;
    sluice::for_each_seed(at, 20, test);
    std::printf("%s: right\n", std::string(name_of(at)).c_str());
  }
}
