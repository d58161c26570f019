// Where a program runs: on the simulated machine, in an order of its own or of the seed's, or on
// CUDA devices, in whatever order that is.

#pragma once

#include <optional>

#include <sluice/cuda/sim_order.hpp>

namespace sluice::test::sim {

class setting {
 public:
  setting() = default;
  setting(std::optional<sim_order> asked) : order(asked) {}
  setting(sim_order asked) : order(asked) {}
  static setting on_cuda() {
    setting made;
    made.cuda = true;
    return made;
  }

  std::optional<sim_order> order;  // empty: the program's seed draws it
  bool unchecked = false;          // nobody looks for hazards: what values alone tell
  bool cuda = false;
};

}  // namespace sluice::test::sim
