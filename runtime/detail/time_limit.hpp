// How long one call may wait, all of its waits together.
//
//   Units    nanoseconds of the machine's clock.
//   Owner    a value.
//   Errors   timed_out, with the time that was given, from whoever finds it over.

#pragma once

#include <chrono>
#include <optional>

#include <sluice/runtime/machine.hpp>

namespace sluice::detail {

class time_limit {
 public:
  // No timeout, or one that ends behind the clock's last moment: for ever.
  time_limit(os_waits const& clock, std::optional<std::chrono::nanoseconds> timeout)
      : timeout_(timeout) {
    if (!timeout) return;
    auto const now = clock.now();
    if (*timeout <= std::chrono::nanoseconds::max() - now) until_ = now + *timeout;
  }

  std::optional<std::chrono::nanoseconds> const& until() const noexcept { return until_; }
  // As it was given; only what has a time can be over.
  std::chrono::nanoseconds timeout() const { return timeout_.value(); }

 private:
  std::optional<std::chrono::nanoseconds> timeout_;
  std::optional<std::chrono::nanoseconds> until_;
};

}  // namespace sluice::detail
