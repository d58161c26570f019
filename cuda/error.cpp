#include <sluice/cuda/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace sluice {

namespace {

constexpr std::array<std::string_view, error_kind_count> kind_names = {
    "task_error",     "wrong_return_count", "cancelled",         "misuse",
    "out_of_memory",  "object_too_large",   "out_of_disk",       "io_error",
    "corruption",     "device_unavailable", "device_error",      "device_lost",
    "device_timeout", "timed_out",          "deadlock_detected", "internal_error"};

// What names and causes hold is not ours to choose.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string io_line(std::string_view operation, int error_number, std::string_view advice) {
  std::string line(operation);
  line += ": ";
  line += std::generic_category().message(error_number);
  line += " (errno " + std::to_string(error_number) + ")";
  if (!advice.empty()) {
    line += "; ";
    line += advice;
  }
  return line;
}

std::string device_line(std::string_view call, int code, std::string_view explanation) {
  std::string line(call);
  line += " failed with code " + std::to_string(code);
  if (!explanation.empty()) {
    line += ": ";
    line += explanation;
  }
  return line;
}

std::string seconds_text(std::chrono::nanoseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g s", std::chrono::duration<double>(time).count());
  return text.data();
}

std::string internal_line(std::string_view what, std::source_location where) {
  char const* const slash = std::strrchr(where.file_name(), '/');
  std::string line("internal error: ");
  line += what;
  line += " (";
  line += slash != nullptr ? slash + 1 : where.file_name();
  line += ":";
  line += std::to_string(where.line());  // g++ 12 warns of operator+ here, at -O3
  line += "); please report it";
  return line;
}

}  // namespace

std::string_view name_of(error_kind kind) noexcept {
  auto const index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : std::string_view("unknown");
}

error::error(error_kind kind, std::string text) : kind_(kind), line_(one_line(std::move(text))) {}

void error::set_place(std::string_view task, std::optional<std::size_t> index) {
  if (placed_) return;
  placed_ = true;
  task_ = task;
  index_ = index;
  std::string place;
  if (!task.empty()) place += "task '" + task_ + "'";
  if (index) {
    if (!place.empty()) place += ", ";
    place += "value " + std::to_string(*index);
  }
  if (!place.empty()) line_ = one_line(place) + ": " + line_;
}

io_error::io_error(std::string_view operation, int error_number, std::string_view advice)
    : error(error_kind::io_error, io_line(operation, error_number, advice)),
      error_number_(error_number) {}

device_error::device_error(std::string_view call, int code, std::string_view explanation)
    : error(error_kind::device_error, device_line(call, code, explanation)), code_(code) {}

device_lost::device_lost(std::string_view call, int code, std::string_view explanation)
    : error(error_kind::device_lost, device_line(call, code, explanation) +
                                         "; the device is lost to this process: start it again"),
      code_(code) {}

device_timeout::device_timeout(std::string_view call, int device, std::chrono::nanoseconds waited)
    : error(error_kind::device_timeout,
            std::string(call) + ": device " + std::to_string(device) +
                " was given up, since the oldest of its work has not come forward for " +
                seconds_text(waited) +
                "; it is lost to this process: start it again, with a longer "
                "runtime_options::device_timeout if one step may take that long"),
      device_(device),
      waited_(waited) {}

internal_error::internal_error(std::string_view what, std::source_location where)
    : error(error_kind::internal_error, internal_line(what, where)) {}

}  // namespace sluice
