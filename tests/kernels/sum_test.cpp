#include <sluice/kernels/sum.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <support/chunked_documents.hpp>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

class Sum : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Sum, testing::ValuesIn(places()), place_name);

template <class T>
void sums_as_std_does(place const& at, std::uint64_t seed) {
  SCOPED_TRACE(seed_line(seed));
  random_source random(seed);
  kernel_device device(at, seed);
  // One block, a full one, one more; and three levels.
  for (std::size_t const size : {0u, 1u, 255u, 256u, 257u, 65536u, 65537u, 200000u}) {
    std::vector<T> values(size);
    for (auto& each : values) each = static_cast<T>(random());
    auto const total = device.make<std::uint64_t>(1);
    auto const given = device.upload(values);
    sum(device.with_workspace(sum_workspace_bytes(size)), in<T>(given), total);
    auto const expected = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
    EXPECT_EQ(device.download(total).front(), expected) << size << " values";
  }
  device.check_canaries();
}

TEST_P(Sum, IsTheSumIn64BitsForEachDepthOfTheTree) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (auto const seed : seeds(GetParam(), 5)) {
    sums_as_std_does<std::uint8_t>(GetParam(), seed);
    sums_as_std_does<std::uint32_t>(GetParam(), seed);
  }
}

TEST(Sum, RefusesAWorkspaceThatIsTooSmallAtEveryPlace) {
  kernel_device device(place(), 1);
  auto const values = device.make<std::uint32_t>(1000);
  auto const total = device.make<std::uint64_t>(1);
  EXPECT_THROW(sum(device.plain(), in<std::uint32_t>(values), total), misuse);
  EXPECT_THROW(
      sum(device.with_workspace(sum_workspace_bytes(1000) - 1), in<std::uint32_t>(values), total),
      misuse);
}

TEST(Sum, RefusesATotalThatIsNotOneElement) {
  kernel_device device(place(), 1);
  auto const values = device.make<std::uint32_t>(8);
  EXPECT_THROW(sum(device.with_workspace(sum_workspace_bytes(8)), in<std::uint32_t>(values),
                   device.make<std::uint64_t>(2)),
               misuse);
}

}  // namespace
}  // namespace sluice::test
