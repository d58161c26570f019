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
#include <sluice/tools/shard_layout.hpp>

namespace sluice::tool {

class shard_options {
 public:
  explicit shard_options(std::string folder_path) : folder(std::move(folder_path)) {}

  std::string folder;
  shard_layout layout;
  bool replace = false;                   // results of an earlier run
  std::size_t buffer_bytes = 256 * 1024;  // all the memory the writer takes
};

struct sequence_counts {
  std::uint64_t sequences = 0;
  std::uint64_t dropped_tokens = 0;  // at the end, with the last sequence
  std::uint64_t padded_tokens = 0;   // to fill the last sequence
};

class shard_writer {
 public:
  explicit shard_writer(shard_options const& options);

  // The tokens of a document, in any number of parts; the last one ends the document.
  void append(std::span<std::uint16_t const> tokens);
  void end_document();

  void finish_shards();
  sequence_counts const& counts() const noexcept { return counts_; }
  // After the shards: a file of the result that holds this text.
  void add_text(std::string_view name, std::string_view text);
  shard_layout const& layout() const noexcept { return layout_; }
  std::string token_path() const { return result_.path_of(token_file_of(layout_.format)); }
  // What was added so far.
  std::vector<written_file> const& files() const noexcept { return written_; }

  void publish() { result_.publish(); }

 private:
  void end_sequence();
  void end_tail();

  shard_layout const layout_;
  result_files result_;
  std::unique_ptr<sequence_writer> sequences_;
  std::vector<written_file> written_;
  sequence_counts counts_;
  std::uint64_t open_tokens_ = 0;  // concat: of the sequence that has not ended
};

}  // namespace sluice::tool
