// Writes NumPy arrays: tokens.npy with 16-bit ids, and where sequences differ in length
// offsets.npy.
//
//   Units    offsets are tokens.
//   Owner    one or two files of the result. Memory does not grow with the number of sequences.
//   Threads  one thread at a time.
//   Errors   as sequence_writer; a row of another length than `row_tokens` is misuse.
//   Flow     see sequence_writer
//   Source   NEP 1, "A Simple File Format for NumPy Arrays", version 1.0
//
// The shape is known at the end only: until then the header is zeros, so a file that was not
// finished is no array.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/files.hpp>
#include <sluice/tools/result_files.hpp>
#include <sluice/tools/sequence_writer.hpp>

namespace sluice::tool {

// The first bytes of a file: `type` as in "<u2", `shape` as in "(3, 4)".
std::string npy_header(std::string_view type, std::string_view shape);

// One array while its elements are written.
class npy_file {
 public:
  static constexpr std::size_t header_bytes = 128;

  npy_file(temporary_name& name, std::size_t buffer_bytes);

  void append(std::span<std::byte const> elements) { file_.append(elements); }
  void truncate(std::uint64_t data_bytes) { file_.truncate(header_bytes + data_bytes); }
  written_file finish(std::string_view type, std::string_view shape);

 private:
  temporary_name& name_;
  buffered_file file_;
};

class npy_writer final : public sequence_writer {
 public:
  // With `row_tokens` every sequence has that length, and the array two dimensions. `result`
  // outlives the writer; `buffer_bytes` is all the memory it takes.
  npy_writer(result_files& result, std::size_t buffer_bytes,
             std::optional<std::uint64_t> row_tokens);

  void append(std::span<std::uint16_t const> tokens) override;
  void end_sequence() override;
  void drop_sequence() override;
  std::vector<written_file> finish() override;

 private:
  void append_offset();

  std::optional<std::uint64_t> const row_tokens_;
  npy_file tokens_;
  std::optional<npy_file> offsets_;
  std::uint64_t sequences_ = 0;
  std::uint64_t ended_tokens_ = 0;
  std::uint64_t open_tokens_ = 0;  // of the sequence that has not ended
};

}  // namespace sluice::tool
