// Tasks whose values are batches.

#include <sim/submit_task.hpp>

namespace sluice::test::sim {

template returned submit_task<batch>(runtime&, job&, inputs_given);

}  // namespace sluice::test::sim
