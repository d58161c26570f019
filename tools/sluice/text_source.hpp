// One input from its first byte to its last: a file, or standard input, which comes only once.
//
//   Units    bytes.
//   Owner    an open file, and of standard input the bytes that were given back: at most what the
//            last read took.
//   Threads  one at a time.
//   Errors   what the system refuses is an io_error with the path; `cancelled` when a wait for
//            standard input was stopped.
//   Flow     input_files -> text_source -> text_reader

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/files.hpp>
#include <sluice/tools/stop_event.hpp>

namespace sluice::tool {

// The path that stands for it; a file of that name is `./-`.
inline constexpr std::string_view standard_input = "-";

class text_source {
 public:
  // `stop` may be null: then nothing ends a wait for standard input but its bytes or its end.
  explicit text_source(std::shared_ptr<stop_event const> stop) : stop_(std::move(stop)) {}

  bool is_open() const noexcept { return is_stream_ || file_.is_open(); }
  void open(std::string const& path);
  void close() noexcept;

  // Waits for as many bytes as `into` has; fewer mean that the input ends behind them.
  std::size_t read(std::span<std::byte> into);
  // The last bytes that were read: they come again.
  void give_back(std::span<std::byte const> bytes);

 private:
  std::size_t read_stream(std::span<std::byte> into);

  std::shared_ptr<stop_event const> const stop_;
  std::string path_;
  file_handle file_;
  std::uint64_t offset_ = 0;  // in the file
  bool is_stream_ = false;
  std::vector<std::byte> returned_;  // of the stream
};

}  // namespace sluice::tool
