#include <sluice/tools/exit_code.hpp>

namespace sluice::tool {

exit_code exit_code_of(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::task_error:
    case error_kind::cancelled:
    case error_kind::timed_out:
      return exit_code::failed;
    case error_kind::out_of_memory:
    case error_kind::object_too_large:
    case error_kind::out_of_disk:
      return exit_code::resources;
    case error_kind::device_unavailable:
    case error_kind::device_error:
    case error_kind::device_lost:
    case error_kind::device_timeout:
      return exit_code::device;
    case error_kind::io_error:
    case error_kind::corruption:
      return exit_code::files;
    case error_kind::deadlock_detected:
      return exit_code::deadlock;
    case error_kind::wrong_return_count:
    case error_kind::misuse:
    case error_kind::internal_error:
      return exit_code::internal;
  }
  return exit_code::internal;
}

}  // namespace sluice::tool
