// The result of a run while it is made: token shards, then texts that describe them, named
// together.
//
//   Units    tokens; sizes are bytes.
//   Owner    the files of the result and their temporary names; both go with it unless publish()
//            has named them.
//   Threads  one thread at a time.
//   Errors   results of an earlier run without `replace` are a usage_error; else as
//            sequence_writer.
//   Flow     tokens -> append ... end_document -> ... -> finish_shards -> add_text -> publish

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/tools/result_files.hpp>
#include <sluice/tools/sequence_writer.hpp>

namespace sluice::tool {

class shard_options {
 public:
  explicit shard_options(std::string folder_path) : folder(std::move(folder_path)) {}

  std::string folder;
  bool replace = false;                   // results of an earlier run
  std::size_t buffer_bytes = 256 * 1024;  // all the memory the writer takes
};

class shard_writer {
 public:
  explicit shard_writer(shard_options const& options);

  // The tokens of a document, in any number of parts; the last one ends the document.
  void append(std::span<std::uint16_t const> tokens) { sequences_->append(tokens); }
  void end_document() { sequences_->end_sequence(); }

  void finish_shards();
  // After the shards: a file of the result that holds this text.
  void add_text(std::string_view name, std::string_view text);
  // What was added so far.
  std::vector<written_file> const& files() const noexcept { return written_; }

  void publish() { result_.publish(); }

 private:
  result_files result_;
  std::unique_ptr<sequence_writer> sequences_;
  std::vector<written_file> written_;
};

}  // namespace sluice::tool
