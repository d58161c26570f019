// The first documents that are not UTF-8, so that somebody can look at them.
//
//   Units    bytes; documents are numbered from 0 over all inputs, files as the reader opens them.
//   Owner    values.
//   Threads  one at a time: the body that decides about documents, then who asks for the list.
//   Flow     dedup -> rejected_sample -> rejected.jsonl
//
// Which documents, and what is said of them, depends on the input alone.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sluice/tools/document_index.hpp>
#include <sluice/tools/text_question.hpp>
#include <sluice/tools/utf8_fault.hpp>

namespace sluice::tool {

class rejected_document {
 public:
  rejected_document() = default;

  std::uint64_t number = 0;
  std::size_t file = 0;
  std::uint64_t offset = 0;  // in the file
  std::uint64_t bytes = 0;
  std::string start;  // its first bytes, as they are
  std::optional<utf8_fault> fault;
};

class rejected_sample {
 public:
  static constexpr std::size_t start_bytes_max = 200;

  explicit rejected_sample(std::size_t documents_max) : documents_max_(documents_max) {}

  bool wanted() const noexcept { return documents_.size() < documents_max_; }
  void add(rejected_document document) { documents_.push_back(std::move(document)); }
  std::vector<rejected_document> const& documents() const noexcept { return documents_; }

 private:
  std::size_t const documents_max_;
  std::vector<rejected_document> documents_;
};

// Looks at a document from its first piece on, as far as its start and its fault are.
class rejected_search final : public text_question {
 public:
  rejected_search(rejected_document about, document_place first)
      : document_(std::move(about)), at_(first) {}

  bool searching() const noexcept override { return !ended_; }
  std::uint32_t wanted_chunk() const noexcept override { return at_.chunk; }
  std::uint32_t other_chunk() const noexcept override { return at_.chunk; }
  void give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) override;

  rejected_document take();

 private:
  rejected_document document_;
  document_place at_;
  utf8_fault_finder finder_;
  bool ended_ = false;
};

// One JSON object on a line of its own. `source` is the path of the document's file.
std::string json_line(rejected_document const& document, std::string const& source);

}  // namespace sluice::tool
