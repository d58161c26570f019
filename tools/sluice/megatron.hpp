// Writes a Megatron pair: tokens.bin with 16-bit ids, tokens.idx with the sequences.
//
//   Units    offsets are bytes, lengths are tokens.
//   Owner    two files of the result and one without a name. Memory does not grow with the number
//            of sequences.
//   Threads  one thread at a time.
//   Errors   as sequence_writer; a sequence of 2^31 tokens or more is object_too_large.
//   Flow     see sequence_writer
//
// The .idx is added to the result behind the .bin, so it gets its name after it: an .idx always
// describes the .bin beside it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sluice/tools/files.hpp>
#include <sluice/tools/result_files.hpp>
#include <sluice/tools/sequence_writer.hpp>

namespace sluice::tool {

class megatron_writer final : public sequence_writer {
 public:
  // `buffer_bytes` is all the memory it takes. `result` outlives it.
  megatron_writer(result_files& result, std::size_t buffer_bytes);

  void append(std::span<std::uint16_t const> tokens) override;
  void end_sequence() override;
  void drop_sequence() override;
  std::vector<written_file> finish() override;

  std::uint64_t sequences() const noexcept { return sequences_; }
  std::uint64_t tokens() const noexcept { return tokens_; }

 private:
  void write_index(buffered_file& idx);
  template <class write_entry>
  void for_each_length(write_entry write);

  std::string const folder_;
  std::size_t const buffer_bytes_;
  temporary_name& bin_name_;
  temporary_name& idx_name_;
  std::optional<buffered_file> bin_;
  std::optional<buffered_file> lengths_;
  std::uint64_t sequences_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t sequence_tokens_ = 0;
  bool dropped_ = false;
  bool finished_ = false;
};

}  // namespace sluice::tool
