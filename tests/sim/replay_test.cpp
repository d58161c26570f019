// Programs on CUDA devices, under real threads and in real time: the device is a module of the
// tests that plays one on the host, so that all but NVIDIA's part runs everywhere.

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/generate.hpp>
#include <sim/isolated.hpp>
#include <sluice/cuda/detail/module_abi.hpp>

namespace sluice::test::sim {
namespace {

constexpr unsigned limit_s = 60;

class Replay : public testing::Test {
 protected:
  Replay() { ::setenv("SLUICE_CUDA_MODULE", SLUICE_PLAYED_CUDA_FILE, 1); }
  ~Replay() override {
    ::unsetenv("SLUICE_CUDA_MODULE");
    ::unsetenv("SLUICE_PLAYED_CUDA");
  }
};

std::string read_file(std::filesystem::path const& path) {
  std::ifstream const in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> corpus() {
  std::vector<std::filesystem::path> all;
  for (auto const& each : std::filesystem::directory_iterator(SLUICE_SIM_CORPUS))
    if (each.path().extension() == ".program") all.push_back(each.path());
  return all;
}

TEST_F(Replay, ProgramsThatOnceFailedSeeWhatTheOracleSays) {
  EXPECT_GE(corpus().size(), 5u);
  for (auto const& path : corpus()) {
    program all = parse(read_file(path));
    all.faults = going_wrong::nothing;
    verdict const met = judge_isolated(all, limit_s, setting::on_cuda());
    EXPECT_FALSE(met.failed) << path << ": " << met.failed.text;
  }
}

TEST_F(Replay, RandomProgramsSeeWhatTheOracleSays) {
  char const* const given = std::getenv("SLUICE_SEED");
  std::uint64_t const first = given == nullptr ? 1 : std::stoull(given);
  std::uint64_t const last = given == nullptr ? 40 : first;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    verdict const met = judge_isolated(generate(seed), limit_s, setting::on_cuda());
    EXPECT_FALSE(met.failed) << "SLUICE_SEED=" << seed << ": " << met.failed.text;
    EXPECT_EQ(met.trace_hash, 0u) << "nobody decides the order of real threads";
  }
}

program one_chunk_on(char const* where) {
  return parse("program 1\nseed 1\nworkers 1\ngpus 1\ntask t0 bytes fixed 1 generator " +
               std::string(where) + "\n  yield fill 64 7\nmain\n  submit t0\n  get t0.0\n");
}

TEST_F(Replay, AKernelThatComputesSomethingElseIsFound) {
  program const on_device = one_chunk_on("gpu0");
  EXPECT_FALSE(judge_isolated(on_device, limit_s, setting::on_cuda()).failed);
  ::setenv("SLUICE_PLAYED_CUDA", "wrong", 1);
  EXPECT_TRUE(judge_isolated(on_device, limit_s, setting::on_cuda()).failed);
  EXPECT_FALSE(judge_isolated(one_chunk_on("cpu"), limit_s, setting::on_cuda()).failed);
  EXPECT_FALSE(judge_isolated(on_device, limit_s).failed) << "the simulated device has its own";
}

TEST_F(Replay, WithoutADeviceTheReasonIsTold) {
  ::setenv("SLUICE_CUDA_MODULE", "/no/such/module.so", 1);
  verdict const met = judge_isolated(one_chunk_on("gpu0"), limit_s, setting::on_cuda());
  EXPECT_EQ(met.failed.rule, "thrown");
  EXPECT_NE(met.failed.text.find("/no/such/module.so"), std::string::npos) << met.failed.text;
}

TEST(ReplayKernels, TheModuleForCudaHasEachThatProgramsLaunch) {
  std::string const file = SLUICE_SIM_KERNELS_FILE;
  if (file.empty()) GTEST_SKIP() << "this build has no CUDA module";
  void* const module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(module, nullptr) << ::dlerror();
  auto const entry =
      reinterpret_cast<sluice_cuda_kernels_entry>(::dlsym(module, sluice_cuda_kernels_entry_name));
  ASSERT_NE(entry, nullptr) << ::dlerror();
  sluice_cuda_kernels_table const* const table = entry(sluice_cuda_abi_version);
  ASSERT_NE(table, nullptr);
  std::set<std::string> names;
  for (std::size_t i = 0; char const* const name = table->kernel_name(i); ++i) names.insert(name);
  std::set<std::string> in_source;
  std::string const text =
      read_file(std::filesystem::path(SLUICE_SIM_CORPUS) / "../blend.kernel.hpp");
  std::regex const pattern("constexpr char const\\* name = \"([^\"]+)\"");
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i)
    in_source.insert((*i)[1]);
  EXPECT_EQ(names, in_source);
  EXPECT_TRUE(names.contains("sim_blend"));
}

}  // namespace
}  // namespace sluice::test::sim
