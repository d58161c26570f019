// For the tests of one's own pipeline: the same test at every place, and on a simulated machine
// with one seed after another. Works with any framework, and with none.
//
//   for (sluice::device_kind const& at : sluice::places())
//     sluice::for_each_seed(at, 100, [](sluice::tested_machine& on) {
//       sluice::runtime rt(on.open(), {});
//       ... submit to on.where(), throw if something is wrong ...
//     });
//
//   Owner    values. What open() gave must be gone before the test function returns.
//   Threads  one.
//   Errors   what the test throws goes on, when the line that runs its seed alone was printed to
//            stderr. hazards_found for accesses that nothing orders. device_unavailable from open()
//            at a place that this machine does not have.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/cuda/driver.hpp>
#include <sluice/runtime/machine.hpp>
#include <sluice/runtime/place.hpp>

namespace sluice {

// host, sim and cuda; those that are not there are to be skipped. The simulated machine has one
// GPU, and is the same on every machine.
std::vector<device_kind> places();
// Why this machine has none; empty when it has.
std::string reason_to_skip(device_kind at);

class hazards_found : public std::runtime_error {
 public:
  explicit hazards_found(std::vector<hazard> const& found);
};
// hazards_found with the text of each, when the log kept any. A log made without options keeps
// none: there the first hazard ends the process.
void expect_no_hazards(hazard_log const& log);

// One machine after another for one seed of one test.
class tested_machine {
 public:
  tested_machine(device_kind at, std::uint64_t seed, simulation_options options);

  device_kind at() const noexcept { return at_; }
  std::uint64_t seed() const noexcept { return options_.seed; }
  place where() const noexcept { return at_ == device_kind::host ? cpu : gpu(0); }

  machine open();
  void expect_no_hazards() const;  // on what open() gave

 private:
  device_kind at_;
  simulation_options options_;
};

class seed_options {
 public:
  seed_options() = default;

  // Of the simulated machine; the seed is another one each time, and hazards are kept.
  simulation_options machine;
  // For frameworks whose failures are no exceptions: whether the test has failed by now. With
  // GoogleTest `[] { return testing::Test::HasFailure(); }`. The next seeds are left out then.
  std::function<bool()> has_failed;
};

// Runs the test with the seeds 1 to `count`, each on hazards, too; with SLUICE_SEED=7 in the
// environment with that one alone. At a place that is not simulated once.
void for_each_seed(device_kind at, std::size_t count,
                   std::function<void(tested_machine&)> const& test,
                   seed_options const& options = {});

}  // namespace sluice
