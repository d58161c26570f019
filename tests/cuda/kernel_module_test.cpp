// A program's own kernels for CUDA devices: found by name in the modules that it names, beside the
// driver's. The module of this program is tests/cuda/modules/own_kernels.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <sluice/cuda/detail/cuda_driver.hpp>
#include <sluice/cuda/detail/kernel_module.hpp>
#include <sluice/cuda/error.hpp>
#include <sluice/cuda/stream.hpp>

namespace sluice::test {
namespace {

detail::kernel_module const own("sluice_test_kernels.so");

std::string launched_by_driver;

// The driver's module, with one kernel.
template <char const* const& Name>
sluice_cuda_driver_table driver_with() {
  launched_by_driver.clear();
  sluice_cuda_driver_table made{};
  made.open = [](int, sluice_cuda_device*, sluice_cuda_problem*) { return 0; };
  made.launch = [](int, void*, sluice_cuda_launch const* launch, sluice_cuda_problem*) {
    launched_by_driver += launch->kernel;
    return 0;
  };
  made.kernel_name = [](std::size_t index) -> char const* { return index == 0 ? Name : nullptr; };
  return made;
}
constexpr char const* const theirs = "theirs";
constexpr char const* const same = "own";

std::string refusal(sluice_cuda_driver_table const& driver) {
  try {
    detail::open_kernel_modules(driver);
  } catch (device_unavailable const& refused) {
    return refused.what();
  }
  return "nothing refused";
}

TEST(KernelModule, LaunchesItsOwnKernelsAndLeavesTheOthersToTheDriver) {
  auto const table = driver_with<theirs>();
  auto const device =
      detail::make_cuda_driver(table, 2, nullptr, detail::open_kernel_modules(table));
  kernel_call call;
  for (char const* const name : {"theirs", "in_no_module"}) {
    call.name = name;
    device->launch(0, call);
  }
  EXPECT_EQ(launched_by_driver, "theirsin_no_module");
  call.name = "own";
  try {
    device->launch(0, call);
    FAIL() << "the module's launch always fails";
  } catch (device_error const& told) {
    EXPECT_EQ(told.code(), 1002) << "the driver's device";
    EXPECT_THAT(told.what(), testing::HasSubstr("own launch of own"));
  }
  EXPECT_EQ(launched_by_driver, "theirsin_no_module");
}

TEST(KernelModule, MayNotTakeAKernelsName) {
  EXPECT_THAT(refusal(driver_with<same>()),
              testing::HasSubstr("two kernels are named 'own', one of them in "
                                 "sluice_test_kernels.so; rename one"));
}

TEST(KernelModule, OfAnotherVersionIsRefused) {
  ::setenv("SLUICE_TEST_OTHER_VERSION", "1", 1);
  std::string const said = refusal(driver_with<theirs>());
  ::unsetenv("SLUICE_TEST_OTHER_VERSION");
  EXPECT_THAT(said, testing::HasSubstr("sluice_test_kernels.so, are of another version"));
}

// In a process of its own: a kernel_module is there for good.
TEST(KernelModuleDeathTest, ThatIsMissingIsNamedWithThePlacesLookedAt) {
  auto const name_a_missing_one = [] {
    static detail::kernel_module const missing("no_such_kernels.so");
    std::fputs(refusal(driver_with<theirs>()).c_str(), stderr);
    std::_Exit(7);
  };
  EXPECT_EXIT(name_a_missing_one(), testing::ExitedWithCode(7),
              "no_such_kernels.so, cannot be opened: it is not in /.*/no_such_kernels.so, ");
}

}  // namespace
}  // namespace sluice::test
