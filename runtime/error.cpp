#include <sluice/runtime/error.hpp>

namespace sluice {

task_error::task_error(std::string_view task, std::size_t index, std::string_view cause)
    : error(error_kind::task_error, "the body threw: " + std::string(cause)) {
  set_place(task, index);
}

wrong_return_count::wrong_return_count(std::string_view task, std::size_t expected, std::size_t got)
    : error(error_kind::wrong_return_count,
            got > expected
                ? "the caller asked for " + std::to_string(expected) +
                      " values and the body made more; ask for as many as it makes, or for "
                      "dynamic or streaming returns"
                : "the caller asked for " + std::to_string(expected) +
                      " values and the body made " + std::to_string(got) +
                      "; ask for as many as it makes, or for dynamic or streaming returns"),
      expected_(expected),
      got_(got) {
  set_place(task, expected < got ? expected : got);
}

timed_out::timed_out(std::chrono::nanoseconds waited)
    : error(error_kind::timed_out,
            "no value after " +
                std::to_string(
                    std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()) +
                " ms; the task goes on, ask again or wait longer"),
      waited_(waited) {}

}  // namespace sluice
