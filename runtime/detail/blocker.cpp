#include <sluice/runtime/detail/blocker.hpp>

#include <sluice/runtime/detail/blocker_state.hpp>

namespace sluice::detail {

blocker::blocker() : state_(std::make_shared<state>()) {}
blocker::~blocker() = default;

void blocker::signal() noexcept {
  auto const shared = state_;  // from the signal on, this blocker may be gone
  shared->signal();
}

}  // namespace sluice::detail
