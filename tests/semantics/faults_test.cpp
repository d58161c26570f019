// A program under every fault of devices and of host memory, at each visit of each site, once and
// from then on: it ends, each ref has its value or an error that the fault allows, and everything
// is given back (C8, C10, C13). When the faults stop, what runs after them succeeds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/faults.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/store/error.hpp>
#include <support/bodies.hpp>
#include <support/places.hpp>

namespace sluice::test {
namespace {

constexpr std::size_t numbers = 64;
constexpr std::size_t chunks = 8;
constexpr std::uint64_t visits_max = 4000;  // of one site in one program; far more than there are

simulation_options machine_of(std::uint64_t seed, std::shared_ptr<fault_plan> plan) {
  simulation_options made(seed);
  made.device_bytes = std::size_t{1} << 20;
  made.faults = std::move(plan);
  return made;
}

// So little that the chunks of the program do not stay where they are made.
runtime_options little_memory(fault_plan const& plan) {
  runtime_options options;
  options.workers = 2;
  if (plan.is_on(fault_site::hang))
    options.device_timeout = std::chrono::seconds(10);  // of made-up time
  options.memory.emplace();
  options.memory->device_bytes = {3072};
  options.memory->pinned_bytes = 1024;
  options.memory->host_bytes = 1536;
  options.memory->disk_bytes = std::size_t{1} << 20;
  return options;
}

bool is_nested_bad_alloc(task_error const& met) {
  try {
    std::rethrow_if_nested(met);
  } catch (std::bad_alloc const&) {
    return true;
  } catch (...) {
    return false;
  }
  return false;
}

// What a ref may hold in place of a value when devices, the host's memory or the disk fail.
bool is_allowed(error const& met) {
  switch (met.kind()) {
    case error_kind::device_error:
    case error_kind::device_lost:
    case error_kind::device_timeout:
    case error_kind::out_of_memory:
    case error_kind::out_of_disk:
    case error_kind::io_error:
    case error_kind::corruption:
      return true;
    case error_kind::task_error:
      return is_nested_bad_alloc(dynamic_cast<task_error const&>(met));
    default:
      return false;
  }
}

// True when `call` ended well; any other end must be an error that is allowed.
enum class faults_are { on, stopped };
bool ended_well(faults_are now, std::string const& what, std::function<void()> const& call) {
  try {
    call();
    return true;
  } catch (error const& met) {
    EXPECT_TRUE(now == faults_are::on && is_allowed(met)) << what << " met: " << met.what();
  } catch (std::exception const& met) {
    ADD_FAILURE() << what << " met: " << met.what();
  }
  return false;
}

// Chunks that a device makes and chunks that the host makes, summed at both places; all are kept,
// so some go to disk, and all are read at the end.
class program {
 public:
  program(runtime& on, faults_are now) : rt_(on), now_(now) {}

  void run() {
    for (sluice::place const where : {gpu(0), cpu}) {
      auto made = rt_.submit(task("ramps", ramps).on(where), numbers, chunks, false);
      std::size_t index = 0;
      bool more = true;
      while (more && index <= chunks) {
        more = false;
        ended_well(now_, "next", [&] {
          std::optional<object_ref<chunk>> const next = made.next();
          if (!next) return;
          more = true;
          use(*next, index++);
        });
      }
      EXPECT_LE(index, chunks + 1);
    }
    for (std::size_t i = 0; i < kept_.size(); ++i) read(i);
  }
  // What was read before is read again.
  void read_again(bool must_be_there) {
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (kept_[i].was_read && !read(i)) {
        EXPECT_FALSE(must_be_there) << "value " << i << " is gone";
      }
  }
  std::size_t values() const { return values_; }

 private:
  struct kept_value {
    kept_value(object_ref<chunk> of, std::size_t at) : ref(std::move(of)), index(at) {}
    object_ref<chunk> ref;
    std::size_t index;
    bool was_read = false;
  };

  void use(object_ref<chunk> const& made, std::size_t index) {
    kept_.emplace_back(made, index);
    for (sluice::place const where : {gpu(0), cpu}) {
      auto const sum = rt_.submit(task("sum", sum_of).on(where).num_returns<1>(), made);
      if (ended_well(now_, "a sum",
                     [&] { EXPECT_EQ(*rt_.get(sum), expected_sum(numbers, index)); }))
        ++values_;
    }
    read(kept_.size() - 1);
  }
  bool read(std::size_t i) {
    bool const good = ended_well(now_, "a reading",
                                 [&] { expect_ramp(rt_, kept_[i].ref, numbers, kept_[i].index); });
    if (good) ++values_;
    kept_[i].was_read = kept_[i].was_read || good;
    return good;
  }

  runtime& rt_;
  faults_are const now_;
  std::vector<kept_value> kept_;
  std::size_t values_ = 0;
};

std::size_t values_without_faults() {
  return 2 * chunks * 4;
}

// Memory that a device still reads is charged until it is done; asking lets a simulated one go on.
bool used_nothing(runtime& rt, location pool) {
  constexpr int asks_max = 100'000;
  int asks = 0;
  while (rt.store().figures(pool).used_bytes != 0 && asks < asks_max) ++asks;
  return asks < asks_max;
}

// C13: what a device that hangs may still use is not given back.
bool used_nothing(runtime& rt, fault_plan const& plan) {
  if (plan.struck(fault_site::hang) != 0) return used_nothing(rt, location(tier::disk));
  return used_nothing(rt, location(tier::device)) && used_nothing(rt, location(tier::pinned)) &&
         used_nothing(rt, location(tier::host)) && used_nothing(rt, location(tier::disk));
}

bool takes_the_device(fault_site site) {
  return site == fault_site::lose_device || site == fault_site::hang;
}

// A copy or a kernel that fails when it runs may have been the only way of the bytes.
bool loses_values(fault_site site) {
  return site == fault_site::run_copy || site == fault_site::run_kernel || takes_the_device(site);
}

int add_one(int to) {
  return to + 1;
}

class Faults : public testing::TestWithParam<fault_site> {
 protected:
  // Runs under a fault at visit `at`; false when the program has not come that far.
  static bool struck(std::uint64_t at, bool from_then_on) {
    SCOPED_TRACE(std::string(name_of(GetParam())) + ", visit " + std::to_string(at) +
                 (from_then_on ? " and from then on" : ""));
    auto const plan = std::make_shared<fault_plan>();
    plan->fail(GetParam(), at, from_then_on);
    try {
      runtime rt(machine::simulated(machine_of(at + 1, plan)), little_memory(*plan));
      run_on(rt, *plan);
      rt.shutdown();
      EXPECT_TRUE(used_nothing(rt, *plan));
    } catch (error const& met) {  // a store that is refused its first memory is not made
      EXPECT_EQ(met.kind(), error_kind::device_error) << met.what();
      EXPECT_TRUE(GetParam() == fault_site::allocate_device ||
                  GetParam() == fault_site::allocate_pinned)
          << met.what();
    }
    return plan->struck(GetParam()) != 0;
  }

 private:
  static void run_on(runtime& rt, fault_plan& plan) {
    program first(rt, faults_are::on);
    first.run();
    EXPECT_TRUE(plan.struck(GetParam()) != 0 || first.values() == values_without_faults());
    plan.stop();
    first.read_again(!loses_values(GetParam()));
    EXPECT_EQ(*rt.get(rt.submit(task("one", add_one).on(cpu), 1)), 2);
    if (takes_the_device(GetParam()) && plan.struck(GetParam()) != 0) return;
    program second(rt, faults_are::stopped);
    second.run();
    EXPECT_EQ(second.values(), values_without_faults()) << "the faults have stopped";
  }
};
INSTANTIATE_TEST_SUITE_P(At, Faults,
                         testing::Values(fault_site::allocate_device, fault_site::allocate_pinned,
                                         fault_site::allocate_host, fault_site::allocate_frame,
                                         fault_site::give_copy, fault_site::give_kernel,
                                         fault_site::give_record, fault_site::run_copy,
                                         fault_site::run_kernel, fault_site::lose_device,
                                         fault_site::hang),
                         [](auto const& tested) { return std::string(name_of(tested.param)); });

TEST_P(Faults, AProgramEndsWhicheverVisitFails) {
  std::uint64_t at = 0;
  while (at < visits_max && struck(at, false) && !HasFailure()) ++at;
  EXPECT_GT(at, 0u) << "the program never visits the site";
  EXPECT_LT(at, visits_max);
}

TEST_P(Faults, AProgramEndsWhenAllVisitsFromOneOnFail) {
  std::uint64_t at = 0;
  while (at < visits_max && struck(at, true) && !HasFailure()) ++at;
  EXPECT_GT(at, 0u) << "the program never visits the site";
  EXPECT_LT(at, visits_max);
}

// Seen in a random program whose faults had stopped: a spill had failed, then the memory came from
// elsewhere, and a later stall was told of that failure.
TEST(SpillFailures, AreNoReasonOfALaterStall) {
  auto const plan = std::make_shared<fault_plan>();
  plan->fail(fault_site::write_file, 0);
  simulation_options machine(1);
  machine.gpus = 0;
  machine.faults = plan;
  runtime_options options;
  options.workers = 1;
  options.memory.emplace();
  options.memory->host_bytes = 512;
  options.memory->disk_bytes = std::size_t{1} << 20;
  runtime rt(machine::simulated(machine), options);
  std::vector<std::uint32_t> const page(64, 7);
  auto const kept = rt.put(std::span(page));
  auto leaves = rt.put(std::span(page));
  auto const made =
      rt.submit(task("ramps", ramps).on(cpu).num_returns<1>(), page.size(), 1U, false);
  while (plan->struck(fault_site::write_file) == 0) rt.world().waits().pause();
  leaves = {};
  auto const open = rt.read<std::uint32_t>(made);
  auto const open_too = rt.read<std::uint32_t>(kept);
  EXPECT_THROW(rt.put(std::span(page)), out_of_memory);
}

// A share of all sites, those of the disk among them, each at a rate of its own.
TEST(FaultMixes, AProgramEndsUnderEachAndWhatFollowsSucceeds) {
  for (std::uint64_t const seed : seeds(300)) {
    SCOPED_TRACE(seed_line(seed));
    auto const plan = std::make_shared<fault_plan>();
    plan->draw(seed);
    try {
      runtime rt(machine::simulated(machine_of(seed, plan)), little_memory(*plan));
      {
        program first(rt, faults_are::on);
        first.run();
        plan->stop();
        EXPECT_EQ(*rt.get(rt.submit(task("one", add_one).on(cpu), 1)), 2);
        // Copies given behind one that has failed, before that is known, share its fate.
        if (plan->struck(fault_site::lose_device) + plan->struck(fault_site::hang) +
                plan->struck(fault_site::run_copy) ==
            0) {
          program second(rt, faults_are::stopped);
          second.run();
          EXPECT_EQ(second.values(), values_without_faults()) << "the faults have stopped";
        }
      }
      rt.shutdown();
      EXPECT_TRUE(used_nothing(rt, *plan));
    } catch (error const& met) {  // a store that is refused its first memory is not made
      EXPECT_NE(
          plan->struck(fault_site::allocate_device) + plan->struck(fault_site::allocate_pinned), 0u)
          << met.what();
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::test
