// What goes wrong on the simulated device is met later, by those whose work it hit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include <sluice/cuda/error.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

using testing::HasSubstr;

class SimErrors : public testing::TestWithParam<std::uint64_t> {
 protected:
  static std::unique_ptr<driver> open_seeded() {
    sim_options options;
    options.seed = GetParam();
    options.memory_bytes = std::size_t{1} << 20;
    return open_sim(options);
  }

  std::unique_ptr<driver> device = open_seeded();
  event_pool pool{*device};
  arrays memory{*device};
  stream const one{pool};
  stream const other{pool};
};
INSTANTIATE_TEST_SUITE_P(Seed, SimErrors, testing::ValuesIn(seeds()),
                         [](auto const& tested) { return std::to_string(tested.param); });

std::string error_of(event const& asked) {
  try {
    while (!asked.is_done()) {
    }
  } catch (device_error const& met) {
    return met.what();
  }
  return "";
}

// C3: an asynchronous error belongs to the work that it hit.
TEST_P(SimErrors, AreMetByWhoAsksForTheWork) {
  SCOPED_TRACE(seed_line(GetParam()));
  memory.fill(one, 0, 7);
  event const before = one.ref().record();
  launch(one.ref()).run<throwing_body>(memory.view<out>(1));
  event const at = one.ref().record();
  EXPECT_EQ(error_of(before), "");
  EXPECT_EQ(error_of(at), "kernel 'throwing' failed with code 719: this kernel always fails");
  EXPECT_THROW(at.is_done(), device_error) << "whoever asks again meets it again";
  EXPECT_THROW(at.sync(), device_error);
  EXPECT_TRUE(before.is_done());
}

// As on CUDA: what is known to have failed is not told again only when later work has its turn.
TEST_P(SimErrors, AreToldAtOnceToWhoAsksForWorkGivenBehindThem) {
  SCOPED_TRACE(seed_line(GetParam()));
  launch(one.ref()).run<throwing_body>(memory.view<out>(1));
  EXPECT_NE(error_of(one.ref().record()), "");
  memory.fill(one, 0, 8);
  event const behind = one.ref().record();
  EXPECT_THROW(behind.is_done(), device_error);
}

TEST_P(SimErrors, StayWithTheirStreamAndStopItsWork) {
  SCOPED_TRACE(seed_line(GetParam()));
  memory.put(other, 0, 7);
  other.ref().sync();
  launch(one.ref()).run<throwing_body>(memory.view<out>(1));
  memory.fill(one, 0, 8);
  EXPECT_THROW(one.ref().sync(), device_error);
  EXPECT_EQ(memory.read(other, 0), all(7)) << "work behind the error has run";
}

TEST_P(SimErrors, TravelAlongDataAndNotAlongMemoryThatIsUsedAgain) {
  SCOPED_TRACE(seed_line(GetParam()));
  launch(one.ref()).run<throwing_body>(memory.view<out>(1));
  event const hit = one.ref().record();
  stream const reuser(pool);
  reuser.ref().wait(hit, wait_reason::memory_reused);
  memory.put(reuser, 1, 9);
  other.ref().wait(hit, wait_reason::input_written);
  memory.fill(other, 2, 1);
  EXPECT_EQ(memory.read(reuser, 1), all(9));
  EXPECT_THAT(error_of(other.ref().record()), HasSubstr("kernel 'throwing'"));
}

TEST_P(SimErrors, AKernelOutsideTheDevicesMemoryIsAnIllegalAddress) {
  SCOPED_TRACE(seed_line(GetParam()));
  std::vector<std::uint32_t> host(16);
  launch(one.ref()).run<fill_body>(
      view_maker::make<out<std::uint32_t>>(address::of(host.data()), 16), 7u);
  EXPECT_THAT(error_of(one.ref().record()), HasSubstr("kernel 'fill' failed with code 700"));
  EXPECT_EQ(host, all(0, 16));
}

struct asking_body {
  static constexpr char const* name = "asking";
  template <class Exec>
  static void run(Exec const&, driver* device, event_handle own) {
    device->sync(own);
  }
};

TEST_P(SimErrors, AKernelMayNotCallTheDevice) {
  SCOPED_TRACE(seed_line(GetParam()));
  auto const own = device->make_event();
  launch(one.ref()).run<asking_body>(device.get(), own);
  EXPECT_THAT(error_of(one.ref().record()), HasSubstr("from inside a kernel"));
}

}  // namespace
}  // namespace sluice::test
