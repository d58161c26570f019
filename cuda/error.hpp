// What can go wrong, as one base class with a kind.
//
//   Owner    an error is thrown by value and kept alive by its exception_ptr; all readers share it.
//   Threads  place() is set once, by the thread that first catches it, before anyone else sees it.
//   Errors   what() is one line: what, where, the numbers, what to do. docs/errors.md has the
//            table.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

enum class error_kind : std::uint8_t {
  task_error,          // a body threw something that is not a sluice::error; nested inside
  wrong_return_count,  // a body yielded fewer or more values than the caller asked for
  cancelled,           // somebody asked, or the runtime is shutting down
  misuse,              // the caller broke a rule of the interface
  out_of_memory,       // a tier is full and nothing that could leave it will
  object_too_large,    // one request is larger than every tier it may use
  out_of_disk,         // the spill folder, or the output, has no room left
  io_error,            // the operating system refused a file operation
  corruption,          // bytes read back are not the bytes written
  device_unavailable,  // no such device, or one that cannot be used; the text says why
  device_error,        // a call to the device failed
  device_lost,         // the device cannot be used any more by this process
  device_timeout,      // its work did not come forward for so long that it counts as lost
  timed_out,           // a wait ended before its value was there; the value is unaffected
  deadlock_detected,   // everything that could make progress waits for something else
  internal_error,      // a rule of the runtime itself was broken
};

inline constexpr std::size_t error_kind_count = 16;

std::string_view name_of(error_kind kind) noexcept;

class error : public std::exception {
 public:
  error(error_kind kind, std::string text);

  error_kind kind() const noexcept { return kind_; }
  char const* what() const noexcept override { return line_.c_str(); }

  // The task whose body failed and the index of the value it was making; empty outside tasks.
  std::string const& task() const noexcept { return task_; }
  std::optional<std::size_t> index() const noexcept { return index_; }

  // Says where it happened, in what() too. The first caller wins: an error that travels keeps its
  // origin.
  void set_place(std::string_view task, std::optional<std::size_t> index);

 private:
  error_kind const kind_;
  std::string line_;
  std::string task_;
  std::optional<std::size_t> index_;
  bool placed_ = false;
};

// The caller broke a rule; the text says which and what to do instead.
class misuse : public error {
 public:
  explicit misuse(std::string text) : error(error_kind::misuse, std::move(text)) {}
};

class io_error : public error {
 public:
  // `operation` names what was tried and on which path ("write out/x.bin").
  io_error(std::string_view operation, int error_number, std::string_view advice);

  int error_number() const noexcept { return error_number_; }

 private:
  int const error_number_;
};

class device_error : public error {
 public:
  device_error(std::string_view call, int code, std::string_view explanation);

  int code() const noexcept { return code_; }

 private:
  int const code_;
};

// The device's context is gone for this process: every later call to it fails the same way.
class device_lost : public error {
 public:
  device_lost(std::string_view call, int code, std::string_view explanation);

  int code() const noexcept { return code_; }

 private:
  int const code_;
};

// The device has work that does not come forward, and counts as lost to this process. What it may
// still write to is never used again.
class device_timeout : public error {
 public:
  device_timeout(std::string_view call, int device, std::chrono::nanoseconds waited);

  int device() const noexcept { return device_; }
  std::chrono::nanoseconds waited() const noexcept { return waited_; }

 private:
  int const device_;
  std::chrono::nanoseconds const waited_;
};

class device_unavailable : public error {
 public:
  explicit device_unavailable(std::string text)
      : error(error_kind::device_unavailable, std::move(text)) {}
};

// A broken invariant of ours. On in every build: a wrong answer costs more than the check.
class internal_error : public error {
 public:
  internal_error(std::string_view what, std::source_location where);
};

inline void require(bool condition, std::string_view what,
                    std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    throw internal_error(what, where);
}

}  // namespace sluice
