// Writes a Megatron pair: FOLDER/NAME.bin with 16-bit ids, FOLDER/NAME.idx with the sequences.
//
//   Units    offsets are bytes, lengths are tokens.
//   Owner    two files under temporary names and one without a name; all go with the writer unless
//            finish() has published them. Memory does not grow with the number of sequences.
//   Threads  one thread at a time.
//   Errors   existing results without `replace` are a usage_error, a sequence of 2^31 tokens or
//            more is object_too_large, a full disk is out_of_disk, any other refusal an io_error.
//   Flow     tokens -> append ... end_sequence -> ... -> finish
//
// finish() puts both files on the disk before either gets its final name. The .bin is named first
// and an older .idx removed before it, so an .idx always describes the .bin beside it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <sluice/tools/files.hpp>

namespace sluice::tool {

class megatron_options {
 public:
  explicit megatron_options(std::string folder_path) : folder(std::move(folder_path)) {}

  std::string bin_path() const { return folder + "/" + name + ".bin"; }
  std::string idx_path() const { return folder + "/" + name + ".idx"; }

  std::string folder;
  std::string name = "tokens";
  bool replace = false;                   // results of an earlier run
  std::size_t buffer_bytes = 256 * 1024;  // all the memory the writer takes
};

class megatron_writer {
 public:
  // Makes the folder if it is missing.
  explicit megatron_writer(megatron_options options);

  // A sequence may come in any number of parts.
  void append(std::span<std::uint16_t const> tokens);
  void end_sequence();

  // Requires that the last sequence has ended. Nothing may be appended afterwards.
  void finish();

  std::uint64_t sequences() const noexcept { return sequences_; }
  std::uint64_t tokens() const noexcept { return tokens_; }

 private:
  void write_index();
  template <class write_entry>
  void for_each_length(write_entry write);
  void publish();

  megatron_options const options_;
  temporary_name bin_name_;
  temporary_name idx_name_;
  std::optional<buffered_file> bin_;
  std::optional<buffered_file> lengths_;
  std::uint64_t sequences_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t sequence_tokens_ = 0;
  bool finished_ = false;
};

}  // namespace sluice::tool
