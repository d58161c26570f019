// What a runtime runs on: found, simulated, or given in by a test.

#include <sluice/runtime/machine.hpp>

#include <sched.h>
#include <stdlib.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/detail/cgroups.hpp>
#include <support/manual_waits.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

TEST(Machine, HasCoresAndNoDeviceWhenNoneIsAskedFor) {
  machine const here = machine::cpu_only();
  EXPECT_GE(here.cores(), 1U);
  EXPECT_EQ(here.device_count(), 0U);
  EXPECT_FALSE(here.no_device_reason().empty());
  EXPECT_EQ(here.host().info().kind, device_kind::host);
  EXPECT_NE(here.topology().find("hardware thread"), std::string::npos);
}

TEST(Machine, SaysWhyThereIsNoDeviceWhenOneIsAskedFor) {
  machine const here = machine::cpu_only();
  try {
    here.device(0);
    FAIL() << "there is no device 0";
  } catch (device_unavailable const& refused) {
    EXPECT_NE(std::string(refused.what()).find(here.no_device_reason()), std::string::npos)
        << refused.what();
  }
}

TEST(Machine, FindsDevicesOrTheReasonWhyThereAreNone) {
  machine const here = machine::detect();
  EXPECT_EQ(here.no_device_reason().empty(), here.device_count() > 0);
  for (std::size_t i = 0; i < here.device_count(); ++i)
    EXPECT_EQ(here.device(i).info().kind, device_kind::cuda);
}

TEST(Machine, NumbersItsSimulatedDevices) {
  sim_options first;
  first.seed = 7;
  first.memory_bytes = 1 << 20;
  sim_options second;
  second.memory_bytes = 2 << 20;
  machine const here = machine::with_simulated_devices({first, second});
  ASSERT_EQ(here.device_count(), 2U);
  EXPECT_TRUE(here.no_device_reason().empty());
  for (int i = 0; i < 2; ++i) {
    auto const& info = here.device(static_cast<std::size_t>(i)).info();
    EXPECT_EQ(info.kind, device_kind::sim);
    EXPECT_EQ(info.index, i);
  }
  EXPECT_EQ(here.device(1).info().memory_bytes, std::size_t{2} << 20);
  EXPECT_EQ(here.seed(), 7U);
  EXPECT_THROW(here.device(2), device_unavailable);
}

TEST(Machine, OfTheEnvironmentIsSimulatedOrRefused) {
  ASSERT_EQ(::setenv("SLUICE_MACHINE", "sim:41", 1), 0);
  {
    machine const here = machine::detect();
    EXPECT_EQ(here.seed(), 41U);
    ASSERT_EQ(here.device_count(), 1U);
    EXPECT_EQ(here.device(0).info().kind, device_kind::sim);
    EXPECT_FALSE(here.waits().runs_beside());
  }
  for (char const* const wrong : {"sim", "sim:", "sim:x", "sim:7x", "sim:-1", "gpu"}) {
    ASSERT_EQ(::setenv("SLUICE_MACHINE", wrong, 1), 0);
    try {
      machine::detect();
      ADD_FAILURE() << wrong << " was taken";
    } catch (device_unavailable const& refused) {
      EXPECT_NE(std::string(refused.what()).find(wrong), std::string::npos) << refused.what();
      EXPECT_NE(std::string(refused.what()).find("sim:SEED"), std::string::npos);
    }
  }
  ASSERT_EQ(::unsetenv("SLUICE_MACHINE"), 0);
}

TEST(Machine, UsesThePartsItIsGiven) {
  machine_parts parts;
  auto waits = std::make_unique<manual_waits>();
  auto files = open_system_disk();
  trace log;
  auto const* const given_waits = waits.get();
  auto const* const given_files = files.get();
  parts.waits = std::move(waits);
  parts.files = std::move(files);
  parts.cores = 3;
  parts.seed = 42;
  parts.log = &log;

  machine const made(std::move(parts));

  EXPECT_EQ(&made.waits(), given_waits);
  EXPECT_EQ(&made.files(), given_files);
  EXPECT_EQ(made.cores(), 3U);
  EXPECT_EQ(made.seed(), 42U);
  EXPECT_EQ(made.log(), &log);
}

TEST(Machine, CountsOnlyTheCoresThatTheProcessMayUse) {
  unsigned seen = 0;
  std::thread([&] {  // the mask is the thread's
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    seen = machine::cpu_only().cores();
  })
      .join();
  EXPECT_EQ(seen, 1U);
}

TEST(CgroupQuota, IsTheLeastOfTheGroupAndItsParents) {
  scratch_folder root;
  root.write("proc/self/cgroup", "0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_FALSE(detail::cgroup_cpus(root.path()));
  root.write("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
  EXPECT_EQ(detail::cgroup_cpus(root.path()), 1.5);
  root.write("sys/fs/cgroup/outer/inner/cpu.max", "50000 100000\n");
  EXPECT_EQ(detail::cgroup_cpus(root.path()), 0.5);
}

TEST(CgroupQuota, IsReadFromVersionOneToo) {
  scratch_folder root;
  root.write("proc/self/cgroup", "5:cpuset:/\n4:cpu,cpuacct:/job\n0::/\n");
  EXPECT_FALSE(detail::cgroup_cpus(root.path()));
  root.write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(detail::cgroup_cpus(root.path()));
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(detail::cgroup_cpus(root.path()), 3.0);
}

TEST(CgroupQuota, IsNoneWhereNothingCanBeRead) {
  scratch_folder const empty;
  EXPECT_FALSE(detail::cgroup_cpus(empty.path()));
  EXPECT_FALSE(detail::cgroup_memory_bytes(empty.path()));
}

// Half of the machine's memory was the default in a container that had much less.
TEST(CgroupMemory, IsTheLeastOfTheGroupAndItsParents) {
  scratch_folder root;
  root.write("proc/self/cgroup", "0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  EXPECT_FALSE(detail::cgroup_memory_bytes(root.path()));
  root.write("sys/fs/cgroup/outer/memory.max", "167772160\n");
  EXPECT_EQ(detail::cgroup_memory_bytes(root.path()), 167772160U);
}

TEST(CgroupMemory, IsReadFromVersionOneToo) {
  scratch_folder root;
  root.write("proc/self/cgroup", "4:cpu,cpuacct:/job\n3:memory:/job\n0::/\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(detail::cgroup_memory_bytes(root.path()), 67108864U);
}

class RealWaits : public testing::Test {
 protected:
  machine world_ = machine::cpu_only();
  os_waits& waits_ = world_.waits();
  std::unique_ptr<os_waits::spot> spot_ = waits_.make_spot();
};

TEST_F(RealWaits, KeepANotificationThatComesBeforeTheWait) {
  spot_->notify();
  spot_->wait({});
}

TEST_F(RealWaits, EndAtTheDeadlineAndNotBefore) {
  auto const at = waits_.now() + 2ms;
  spot_->wait(at);
  EXPECT_GE(waits_.now(), at);
}

TEST_F(RealWaits, EndByANotificationFromAnotherThread) {
  for (int i = 0; i < 200; ++i) {
    std::thread other([&] { spot_->notify(); });
    spot_->wait(waits_.now() + 1h);
    other.join();
  }
}

}  // namespace
}  // namespace sluice::test
