#include <sluice/tools/stop_event.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace sluice::tool {

stop_event::stop_event() : event_(::eventfd(0, EFD_CLOEXEC)) {
  if (!event_.is_open()) throw_file_error("open", "a descriptor of events", errno);
}

void stop_event::raise() noexcept {
  std::uint64_t const one = 1;
  while (::write(event_.descriptor(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

bool stop_event::wait_readable(int descriptor) const {
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{event_.descriptor(), POLLIN, 0},
                                pollfd{descriptor, POLLIN, 0}};
    int const found = ::poll(ready.data(), ready.size(), -1);
    if (found < 0 && errno != EINTR) throw_file_error("wait for", "standard input", errno);
    if (found <= 0) continue;
    if (ready[0].revents != 0) return false;
    if (ready[1].revents != 0) return true;
  }
}

}  // namespace sluice::tool
