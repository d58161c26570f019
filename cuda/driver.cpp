#include <sluice/cuda/driver.hpp>

namespace sluice {

std::string_view name_of(wait_reason reason) noexcept {
  switch (reason) {
    case wait_reason::input_written:
      return "input_written";
    case wait_reason::memory_reused:
      return "memory_reused";
    case wait_reason::spill_read:
      return "spill_read";
    case wait_reason::stage_read:
      return "stage_read";
  }
  return "unknown";
}

std::string_view name_of(device_kind kind) noexcept {
  switch (kind) {
    case device_kind::host:
      return "host";
    case device_kind::sim:
      return "sim";
    case device_kind::cuda:
      return "cuda";
  }
  return "unknown";
}

std::string_view name_of(copy_direction direction) noexcept {
  switch (direction) {
    case copy_direction::host_to_device:
      return "host_to_device";
    case copy_direction::device_to_host:
      return "device_to_host";
    case copy_direction::device_to_device:
      return "device_to_device";
  }
  return "unknown";
}

}  // namespace sluice
