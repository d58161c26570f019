// Sequences of 16-bit ids in the layout of one format.
//
//   Units    tokens; sizes of files are bytes.
//   Owner    the files of a result that hold them, under temporary names.
//   Threads  one thread at a time.
//   Errors   a full disk is out_of_disk, any other refusal an io_error; what a format cannot say is
//            object_too_large.
//   Flow     tokens -> append ... end_sequence -> ... -> finish -> result_files::publish

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::tool {

class written_file {
 public:
  written_file(std::string file_name, std::uint64_t size_bytes, std::uint64_t sum)
      : name(std::move(file_name)), bytes(size_bytes), xxh64(sum) {}

  std::string name;
  std::uint64_t bytes;
  std::uint64_t xxh64;
};

class sequence_writer {
 public:
  virtual ~sequence_writer() = default;

  // A sequence may come in any number of parts.
  virtual void append(std::span<std::uint16_t const> tokens) = 0;
  virtual void end_sequence() = 0;
  // Forgets what was appended since the last sequence ended.
  virtual void drop_sequence() = 0;

  // Puts all files on the disk. Requires that the last sequence has ended; nothing may be appended
  // afterwards.
  virtual std::vector<written_file> finish() = 0;
};

}  // namespace sluice::tool
