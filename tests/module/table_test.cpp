// What the CUDA module asks of CUDA, call by call, and what it makes of the answers.

#include <cstring>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <module/scripted_cudart.hpp>
#include <sluice/cuda/detail/cuda_driver.hpp>
#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/error.hpp>
#include <sluice/cuda/module/kernel_table.hpp>

extern "C" sluice_cuda_driver_table const* sluice_cuda_driver(int abi_version);

namespace sluice::test {
namespace {

// Launches as a kernel of a header does: it answers as the script says, perhaps by throwing.
struct scripted_body {
  static constexpr char const* name = "scripted";
  static inline bool throws = false;

  template <class Exec>
  static void run(Exec const&, std::uint32_t value) {
    cudaError_t const launched = script().play("launch", std::to_string(value));
    if (!throws) return;
    cudaGetLastError();  // as Thrust does
    throw std::runtime_error("code " + std::to_string(launched));
  }
};
SLUICE_REGISTER_KERNEL(scripted_body)

void* const stream_11 = reinterpret_cast<void*>(11);
void* const event_22 = reinterpret_cast<void*>(22);

class ModuleTable : public testing::Test {
 protected:
  ModuleTable() {
    script() = cuda_script();
    scripted_body::throws = false;
  }

  int launch() {
    detail::packed<std::uint32_t> const arguments{5, {}};
    sluice_cuda_launch asked{};
    asked.kernel = scripted_body::name;
    asked.arguments = &arguments;
    asked.argument_bytes = sizeof arguments;
    return table.launch(1, stream_11, &asked, &problem);
  }
  std::string calls() const { return script().calls; }

  sluice_cuda_driver_table const& table = *sluice_cuda_driver(sluice_cuda_abi_version);
  sluice_cuda_problem problem{};
};

TEST_F(ModuleTable, IsGivenForItsOwnVersionAlone) {
  EXPECT_EQ(sluice_cuda_driver(sluice_cuda_abi_version + 1), nullptr);
}

TEST_F(ModuleTable, EachCallIsOneOfCudasOnTheDeviceOfTheCall) {
  void* got = nullptr;
  int done = 0;
  EXPECT_EQ(table.allocate(1, 1000, &got, &problem), 0);
  EXPECT_EQ(got, reinterpret_cast<void*>(4096));
  EXPECT_EQ(table.free(1, got, &problem), 0);
  EXPECT_EQ(calls(), "set_device(1) malloc(1000) set_device(1) free(4096) ");
  script().calls.clear();
  EXPECT_EQ(table.record(2, event_22, stream_11, &problem), 0);
  EXPECT_EQ(table.wait(2, stream_11, event_22, &problem), 0);
  EXPECT_EQ(table.is_done(2, event_22, &done, &problem), 0);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(table.sync(2, event_22, &problem), 0);
  EXPECT_EQ(table.sync_stream(2, stream_11, &problem), 0);
  EXPECT_EQ(calls(),
            "set_device(2) record(22 11) set_device(2) wait(11 22 flags 0) "
            "set_device(2) query(22) set_device(2) sync(22) set_device(2) drain(11) ");
  script().calls.clear();
  EXPECT_EQ(table.is_idle(2, stream_11, &done, &problem), 0);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(calls(), "set_device(2) query_stream(11) ");
  script().calls.clear();
  EXPECT_EQ(launch(), 0);
  EXPECT_EQ(calls(), "set_device(1) launch(5) ");
}

// Streams that do not wait for the legacy stream, events that take no time, pinned memory that
// every device reaches.
TEST_F(ModuleTable, MakesWhatTheDriverSeamNeeds) {
  void* got = nullptr;
  EXPECT_EQ(table.make_stream(0, &got, &problem), 0);
  EXPECT_EQ(got, stream_11);
  EXPECT_EQ(table.make_event(0, &got, &problem), 0);
  EXPECT_EQ(got, event_22);
  EXPECT_EQ(table.allocate_pinned(0, 64, &got, &problem), 0);
  EXPECT_EQ(calls(), "set_device(0) make_stream(flags " + std::to_string(cudaStreamNonBlocking) +
                         ") set_device(0) make_event(flags " +
                         std::to_string(cudaEventDisableTiming) +
                         ") set_device(0) host_alloc(64 flags " +
                         std::to_string(cudaHostAllocPortable) + ") ");
}

TEST_F(ModuleTable, CopiesInTheDirectionAsked) {
  auto const copied = [&](copy_direction direction) {
    script().calls.clear();
    EXPECT_EQ(table.copy(0, stream_11, reinterpret_cast<void*>(1), reinterpret_cast<void*>(2), 3,
                         static_cast<int>(direction), &problem),
              0);
    return calls();
  };
  auto const expected = [](cudaMemcpyKind kind) {
    return "set_device(0) copy(1 2 3 kind " + std::to_string(kind) + " on 11) ";
  };
  EXPECT_EQ(copied(copy_direction::host_to_device), expected(cudaMemcpyHostToDevice));
  EXPECT_EQ(copied(copy_direction::device_to_host), expected(cudaMemcpyDeviceToHost));
  EXPECT_EQ(copied(copy_direction::device_to_device), expected(cudaMemcpyDeviceToDevice));
}

// Seen by reading: a launch is judged by the thread's last error, and the query of work that still
// runs leaves one there.
TEST_F(ModuleTable, WorkThatStillRunsIsNoErrorOfTheNextLaunch) {
  script().answers["query"] = cudaErrorNotReady;
  int done = 1;
  EXPECT_EQ(table.is_done(1, event_22, &done, &problem), 0);
  EXPECT_EQ(done, 0);
  script().answers["query_stream"] = cudaErrorNotReady;
  done = 1;
  EXPECT_EQ(table.is_idle(1, stream_11, &done, &problem), 0);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(launch(), 0) << problem.text;
}

TEST_F(ModuleTable, ALaunchThatFailsIsReportedOnceWithItsName) {
  script().answers["launch"] = cudaErrorInvalidConfiguration;
  EXPECT_EQ(launch(), cudaErrorInvalidConfiguration);
  EXPECT_STREQ(problem.call, "kernel 'scripted'");
  EXPECT_EQ(problem.is_sticky, 0);
  script().answers.clear();
  EXPECT_EQ(launch(), 0);
}

TEST_F(ModuleTable, ARefusalIsReportedOnceAndLeavesNoError) {
  script().answers["malloc"] = cudaErrorMemoryAllocation;
  void* got = nullptr;
  EXPECT_EQ(table.allocate(1, 1000, &got, &problem), cudaErrorMemoryAllocation);
  EXPECT_STREQ(problem.call, "cudaMalloc");
  EXPECT_STREQ(problem.text, "text of 2");
  EXPECT_EQ(problem.is_sticky, 0);
  EXPECT_EQ(launch(), 0) << "the refusal is not the launch's";
}

TEST_F(ModuleTable, ADeviceThatCannotBeSetGetsNoCall) {
  script().answers["set_device"] = cudaErrorInvalidDevice;
  void* got = nullptr;
  EXPECT_EQ(table.allocate(9, 1000, &got, &problem), cudaErrorInvalidDevice);
  EXPECT_STREQ(problem.call, "cudaSetDevice");
  EXPECT_EQ(launch(), cudaErrorInvalidDevice);
  EXPECT_EQ(calls(), "set_device(9) set_device(1) ");
}

// Thrust clears the last error before it throws, so that the code of what it met is in words alone.
TEST_F(ModuleTable, ABodyThatThrowsOnALostDeviceIsALostDevice) {
  scripted_body::throws = true;
  script().answers["launch"] = cudaErrorIllegalAddress;
  script().answers["query_stream"] = cudaErrorIllegalAddress;
  EXPECT_EQ(launch(), cudaErrorIllegalAddress);
  EXPECT_EQ(problem.is_sticky, 1);
  EXPECT_STREQ(problem.text, "code 700");
}

TEST_F(ModuleTable, ABodyThatThrowsOnAGoodDeviceIsAFailedLaunch) {
  scripted_body::throws = true;
  for (cudaError_t const answer : {cudaSuccess, cudaErrorNotReady}) {
    script().answers["query_stream"] = answer;
    EXPECT_EQ(launch(), cudaErrorUnknown);
    EXPECT_EQ(problem.is_sticky, 0);
    EXPECT_EQ(script().last_error, cudaSuccess);
  }
}

TEST_F(ModuleTable, KernelsThatDoNotMatchAreRefused) {
  sluice_cuda_launch asked{};
  asked.kernel = "nobody's";
  EXPECT_EQ(table.launch(0, stream_11, &asked, &problem), cudaErrorInvalidDeviceFunction);
  EXPECT_STREQ(problem.call, "kernel 'nobody's'");
  asked.kernel = scripted_body::name;
  asked.argument_bytes = 1;
  EXPECT_EQ(table.launch(0, stream_11, &asked, &problem), cudaErrorInvalidValue);
  EXPECT_EQ(calls().find("launch"), std::string::npos);
}

TEST_F(ModuleTable, FactsLeaveNoErrorBehindWhereThereIsNoDevice) {
  script().answers["device_count"] = cudaErrorNoDevice;
  sluice_cuda_facts found{};
  table.facts(&found);
  EXPECT_EQ(found.devices, 0);
  EXPECT_EQ(found.code, cudaErrorNoDevice);
  EXPECT_EQ(found.runtime_version, 13000);
  EXPECT_EQ(launch(), 0);
}

// The whole way: the driver seam over this table.
TEST_F(ModuleTable, TheDriverOverItPollsAndLaunchesInTurn) {
  auto const device = detail::make_cuda_driver(table, 0, nullptr);
  EXPECT_EQ(device->info().name, "scripted 0");
  script().answers["query"] = cudaErrorNotReady;
  kernel_call call;
  detail::packed<std::uint32_t> const arguments{5, {}};
  call.name = scripted_body::name;
  call.arguments = &arguments;
  call.argument_bytes = sizeof arguments;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(device->is_done(22));
    EXPECT_NO_THROW(device->launch(11, call));
  }
  script().answers["query"] = cudaErrorIllegalAddress;
  EXPECT_THROW(static_cast<void>(device->is_done(22)), device_lost);
}

}  // namespace
}  // namespace sluice::test
