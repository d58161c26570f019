// CUDA devices: each reason why there is none, and how a driver over the module's table reports.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include <sluice/cuda/detail/cuda_driver.hpp>
#include <sluice/cuda/device.hpp>
#include <sluice/cuda/error.hpp>
#include <sluice/cuda/stream.hpp>
#include <sluice/cuda/trace.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class environment {
 public:
  environment(char const* variable, char const* value) : name_(variable) {
    if (char const* const before = std::getenv(name_)) before_ = before;
    ::setenv(name_, value, 1);
  }
  ~environment() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  environment(environment const&) = delete;
  environment& operator=(environment const&) = delete;

 private:
  char const* const name_;
  std::optional<std::string> before_;
};

sluice_cuda_facts facts_of(int code, int devices, int driver_version) {
  sluice_cuda_facts facts{};
  facts.code = code;
  facts.devices = devices;
  facts.driver_version = driver_version;
  facts.runtime_version = 13000;
  std::strcpy(facts.text, "text of the code");
  return facts;
}

TEST(CudaPresence, IsGoodWithADevice) {
  EXPECT_EQ(detail::why_no_device(facts_of(0, 1, 13000), std::nullopt), "");
  EXPECT_EQ(detail::why_no_device(facts_of(0, 1, 12080), std::nullopt), "")
      << "what works is not judged by its version";
}

TEST(CudaPresence, SaysWhichPartIsMissing) {
  auto const why = [](int code, int devices, int version,
                      std::optional<std::string> const& visible = std::nullopt) {
    return detail::why_no_device(facts_of(code, devices, version), visible);
  };
  EXPECT_EQ(why(35, 0, 0), "no NVIDIA driver is installed (libcuda.so.1 is missing)");
  EXPECT_EQ(why(35, 0, 12040),
            "the NVIDIA driver is too old: it serves CUDA 12.4, this build needs 13.0; update the "
            "driver");
  EXPECT_EQ(why(100, 0, 13000), "the NVIDIA driver finds no device");
  EXPECT_EQ(why(0, 0, 13000), "the NVIDIA driver finds no device");
  EXPECT_EQ(why(100, 0, 13000, ""), "CUDA_VISIBLE_DEVICES='' hides every device; unset it");
  EXPECT_EQ(why(100, 0, 13000, "-1"), "CUDA_VISIBLE_DEVICES='-1' hides every device; unset it");
  EXPECT_EQ(why(100, 0, 13000, "0"), "the NVIDIA driver finds no device");
  EXPECT_THAT(why(34, 0, 0), HasSubstr("stub"));
  EXPECT_EQ(why(802, 0, 13000), "CUDA cannot be used: text of the code (code 802)");
}

// On any machine: either a device, or a reason that is thrown as well.
TEST(CudaPresence, GivesADeviceOrAReason) {
  cuda_presence const presence = find_cuda();
  EXPECT_NE(presence.devices > 0, !presence.reason.empty());
  if (presence.devices > 0) {
    EXPECT_NO_THROW(open_cuda(0));
    return;
  }
  try {
    open_cuda(0);
    FAIL() << "there is no device";
  } catch (device_unavailable const& refused) {
    EXPECT_EQ(refused.what(), "CUDA device 0: " + presence.reason);
  }
}

TEST(CudaPresence, AnIndexThatIsNotThereIsUnavailable) {
  EXPECT_THROW(open_cuda(4096), device_unavailable);
  EXPECT_THROW(open_cuda(-1), device_unavailable);
}

TEST(CudaModule, ThatIsMissingIsAReason) {
  environment const set("SLUICE_CUDA_MODULE", "/no/such/module.so");
  cuda_presence const presence = find_cuda();
  EXPECT_EQ(presence.devices, 0);
  EXPECT_THAT(presence.reason, HasSubstr("/no/such/module.so"));
  EXPECT_THROW(open_cuda(0), device_unavailable);
}

TEST(CudaModule, ThatIsNoLibraryIsAReason) {
  environment const set("SLUICE_CUDA_MODULE", "/etc/passwd");
  EXPECT_THAT(find_cuda().reason, HasSubstr("the CUDA module cannot be opened"));
}

TEST(CudaModule, ThatIsAnotherLibraryIsAReason) {
  environment const set("SLUICE_CUDA_MODULE", "libm.so.6");
  EXPECT_THAT(find_cuda().reason, HasSubstr("libm.so.6 is no CUDA module of this library"));
}

TEST(CudaModule, ServesOnlyItsOwnVersion) {
  detail::cuda_module const module = detail::open_cuda_module();
  if (module.table == nullptr) GTEST_SKIP() << module.reason;
  EXPECT_EQ(module.table->abi_version, sluice_cuda_abi_version);
  sluice_cuda_facts facts{};
  module.table->facts(&facts);
  EXPECT_GT(facts.runtime_version, 12000);
}

// A table whose calls note themselves and fail as told.
struct script {
  static inline std::string calls;
  static inline sluice_cuda_problem next{};
  static inline int done = 0;
  static inline int idle = 0;

  static int play(char const* call, sluice_cuda_problem* problem) {
    calls += call;
    calls += ' ';
    if (next.code == 0) return 0;
    *problem = next;
    std::snprintf(problem->call, sizeof problem->call, "%s", call);
    return next.code;
  }
  static void fail(int code, int is_sticky) {
    next.code = code;
    next.is_sticky = is_sticky;
    std::strcpy(next.text, "as told");
  }

  static sluice_cuda_driver_table table() {
    calls.clear();
    next = {};
    done = 0;
    idle = 0;
    sluice_cuda_driver_table made{};
    made.open = [](int device, sluice_cuda_device* found, sluice_cuda_problem* problem) {
      std::snprintf(found->name, sizeof found->name, "scripted %d", device);
      found->total_bytes = std::uint64_t{20} << 30;
      found->free_bytes = std::uint64_t{18} << 30;
      return play("open", problem);
    };
    made.allocate = [](int, std::size_t, void** memory, sluice_cuda_problem* problem) {
      *memory = reinterpret_cast<void*>(4096);
      return play("allocate", problem);
    };
    made.free = [](int, void*, sluice_cuda_problem* problem) { return play("free", problem); };
    made.make_stream = [](int, void**, sluice_cuda_problem* problem) {
      return play("make_stream", problem);
    };
    made.destroy_stream = [](int, void*, sluice_cuda_problem* problem) {
      return play("destroy_stream", problem);
    };
    made.make_event = [](int, void**, sluice_cuda_problem* problem) {
      return play("make_event", problem);
    };
    made.destroy_event = [](int, void*, sluice_cuda_problem* problem) {
      return play("destroy_event", problem);
    };
    made.record = [](int, void*, void*, sluice_cuda_problem* problem) {
      return play("record", problem);
    };
    made.wait = [](int, void*, void*, sluice_cuda_problem* problem) {
      return play("wait", problem);
    };
    made.is_done = [](int, void*, int* is, sluice_cuda_problem* problem) {
      *is = done;
      return play("is_done", problem);
    };
    made.sync = [](int, void*, sluice_cuda_problem* problem) { return play("sync", problem); };
    made.is_idle = [](int, void*, int* is, sluice_cuda_problem* problem) {
      *is = idle;
      return play("is_idle", problem);
    };
    made.copy = [](int, void*, void*, void const*, std::size_t, int direction,
                   sluice_cuda_problem* problem) {
      return play(direction == 0 ? "copy_in" : direction == 1 ? "copy_out" : "copy_over", problem);
    };
    made.launch = [](int, void*, sluice_cuda_launch const* launch, sluice_cuda_problem* problem) {
      return play(launch->kernel, problem);
    };
    return made;
  }
};

TEST(CudaDriver, LeavesHeadroomOnTheDevice) {
  auto const table = script::table();
  auto const device = detail::make_cuda_driver(table, 3, nullptr);
  EXPECT_EQ(device->info().kind, device_kind::cuda);
  EXPECT_EQ(device->info().index, 3);
  EXPECT_EQ(device->info().name, "scripted 3");
  EXPECT_EQ(device->info().memory_bytes, std::size_t{17} << 30) << "5 % of 20 GiB stay free";
}

TEST(CudaDriver, GivesEachCallToTheModule) {
  auto const table = script::table();
  auto const device = detail::make_cuda_driver(table, 0, nullptr);
  {
    event_pool pool(*device);
    stream const one(pool), two(pool);
    one.ref().copy(address(8), address(16), 8, copy_direction::host_to_device);
    one.ref().copy(address(8), address(16), 8, copy_direction::device_to_host);
    one.ref().copy(address(8), address(16), 8, copy_direction::device_to_device);
    kernel_call call;
    call.name = "some_kernel";
    one.ref().launch(call);
    event const marked = one.ref().record();
    two.ref().wait(marked, wait_reason::input_written);
    EXPECT_FALSE(marked.is_done());
    script::done = 1;
    EXPECT_TRUE(marked.is_done());
  }
  EXPECT_EQ(script::calls,
            "open make_stream make_stream copy_in copy_out copy_over some_kernel make_event record "
            "wait is_done is_done destroy_stream destroy_stream destroy_event ");
}

// A device that hangs never ends a call that blocks.
TEST(CudaDriver, AwaitsByAskingAndComesBack) {
  auto const table = script::table();
  auto const device = detail::make_cuda_driver(table, 0, nullptr);
  event_pool pool(*device);
  stream const one(pool);
  EXPECT_FALSE(device->await(1));
  EXPECT_FALSE(device->await_stream(1));
  EXPECT_FALSE(device->await_all());
  EXPECT_THAT(script::calls, Not(HasSubstr("sync")));
  script::done = 1;
  EXPECT_TRUE(device->await(1));
  EXPECT_FALSE(device->await_all());
  script::idle = 1;
  EXPECT_TRUE(device->await_stream(1));
  EXPECT_TRUE(device->await_all());
}

TEST(CudaDriver, TracesEachCallOnItsStreamsTrack) {
  auto const table = script::table();
  trace log;
  auto const device = detail::make_cuda_driver(table, 0, &log);
  event_pool pool(*device);
  stream const one(pool);
  one.ref().copy(address(8), address(16), 8, copy_direction::host_to_device);
  one.ref().record();
  auto const records = log.records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].name, "host_to_device");
  EXPECT_EQ(records[0].bytes, 8u);
  EXPECT_EQ(records[0].track, "cuda:0 stream 1");
  EXPECT_EQ(records[1].kind, trace_kind::event_record);
}

TEST(CudaDriver, TellsALostDeviceFromAFailedCall) {
  auto const table = script::table();
  auto const device = detail::make_cuda_driver(table, 0, nullptr);
  script::fail(2, 0);
  try {
    device->allocate(1000);
    FAIL() << "the call failed";
  } catch (device_error const& refused) {
    EXPECT_STREQ(refused.what(), "allocate failed with code 2: as told");
    EXPECT_EQ(refused.code(), 2);
  }
  script::fail(700, 1);
  EXPECT_THROW(device->sync(1), device_lost);
  EXPECT_THROW(device->is_done(1), device_lost);
  EXPECT_NO_THROW(device->free(address(4096))) << "giving back throws nothing";
}

}  // namespace
}  // namespace sluice::test
