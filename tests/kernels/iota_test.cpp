#include <sluice/kernels/iota.hpp>

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

class Iota : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Iota, testing::ValuesIn(places()), place_name);

TEST_P(Iota, CountsUpFromItsFirstValueAndWraps) {
  SLUICE_SKIP_WITHOUT(GetParam());
  kernel_device device(GetParam(), 1);
  for (std::size_t const size : {0u, 1u, 2u, 1000u, 70000u}) {
    auto const values = device.make<std::uint32_t>(size);
    iota(device.plain(), values, 0xFFFFFF00);
    std::vector<std::uint32_t> expected(size);
    for (std::size_t i = 0; i < size; ++i) expected[i] = 0xFFFFFF00 + static_cast<std::uint32_t>(i);
    EXPECT_EQ(device.download(values), expected);
  }
  device.check_canaries();
}

}  // namespace
}  // namespace sluice::test
