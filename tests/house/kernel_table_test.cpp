// The CUDA module and the kernels room must hold the same kernels: a kernel is found in the module
// by its name, at run time, so that only a test can miss one early.

#include <dlfcn.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sluice/cuda/detail/module_abi.hpp>

namespace {

// The names in `static constexpr char const* name = "...";` of every kernel header.
std::set<std::string> names_in_sources() {
  std::set<std::string> names;
  std::regex const pattern("constexpr char const\\* name = \"([^\"]+)\"");
  for (auto const& entry : std::filesystem::directory_iterator(SLUICE_KERNEL_HEADERS)) {
    if (!entry.path().filename().string().ends_with(".kernel.hpp")) continue;
    std::ifstream file(entry.path());
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i)
      names.insert((*i)[1]);
  }
  return names;
}

TEST(CudaModule, HoldsEveryKernelOfTheSourceAndNoOther) {
  std::string const file = SLUICE_CUDA_MODULE_FILE;
  if (file.empty()) GTEST_SKIP() << "this build has no CUDA module";
  void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(module, nullptr) << dlerror();
  auto const entry =
      reinterpret_cast<sluice_cuda_driver_entry>(dlsym(module, sluice_cuda_driver_entry_name));
  ASSERT_NE(entry, nullptr) << dlerror();
  sluice_cuda_driver_table const* const table = entry(sluice_cuda_abi_version);
  ASSERT_NE(table, nullptr);
  std::set<std::string> names;
  for (std::size_t i = 0; char const* const name = table->kernel_name(i); ++i)
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice in the table";
  EXPECT_EQ(names, names_in_sources());
  EXPECT_FALSE(names.empty());
}

}  // namespace
