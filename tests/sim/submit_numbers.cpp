// Tasks whose values are numbers.

#include <sim/submit_task.hpp>

namespace sluice::test::sim {

template returned submit_task<std::uint64_t>(runtime&, job&, inputs_given);

}  // namespace sluice::test::sim
