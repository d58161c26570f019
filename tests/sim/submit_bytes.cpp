// Tasks whose values are bytes.

#include <sim/submit_task.hpp>

namespace sluice::test::sim {

template returned submit_task<chunk>(runtime&, job&, inputs_given);

}  // namespace sluice::test::sim
