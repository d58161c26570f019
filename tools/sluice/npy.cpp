#include <sluice/tools/npy.hpp>

#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/checksum.hpp>

namespace sluice::tool {

namespace {

// The types stated are little-endian, and values are written as they lie in memory.
static_assert(std::endian::native == std::endian::little);

}  // namespace

std::string npy_header(std::string_view type, std::string_view shape) {
  constexpr std::string_view start("\x93NUMPY\x01\x00\x76\x00", 10);  // 0x76 bytes follow
  std::string header(start);
  header += fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  require(header.size() < npy_file::header_bytes, "the header of an array fits");
  header.resize(npy_file::header_bytes - 1, ' ');
  return header + '\n';
}

npy_file::npy_file(temporary_name& name, std::size_t buffer_bytes)
    : name_(name), file_(name.take_file(), name.path(), buffer_bytes) {
  std::array<std::byte, header_bytes> const no_header{};
  file_.append(no_header);
}

written_file npy_file::finish(std::string_view type, std::string_view shape) {
  auto const header = npy_header(type, shape);
  file_.overwrite_front(std::as_bytes(std::span(header)));
  file_.sync();
  // The header came last, so the sum is taken of the whole file again.
  auto const sum = sum_of_file(name_.path());
  auto const& path = name_.final_path();
  return written_file(path.substr(path.rfind('/') + 1), sum.bytes, sum.xxh64);
}

npy_writer::npy_writer(result_files& result, std::size_t buffer_bytes,
                       std::optional<std::uint64_t> row_tokens)
    : row_tokens_(row_tokens), tokens_(result.add("tokens.npy"), buffer_bytes / 2) {
  if (row_tokens_) return;
  offsets_.emplace(result.add("offsets.npy"), buffer_bytes / 4);
  append_offset();
}

void npy_writer::append(std::span<std::uint16_t const> tokens) {
  tokens_.append(std::as_bytes(tokens));
  open_tokens_ += tokens.size();
}

void npy_writer::end_sequence() {
  if (row_tokens_ && open_tokens_ != *row_tokens_)
    throw misuse("npy_writer: a row has another length than all of them");
  ended_tokens_ += std::exchange(open_tokens_, 0);
  ++sequences_;
  if (offsets_) append_offset();
}

void npy_writer::drop_sequence() {
  open_tokens_ = 0;
  tokens_.truncate(ended_tokens_ * sizeof(std::uint16_t));
}

std::vector<written_file> npy_writer::finish() {
  if (open_tokens_ != 0) throw misuse("npy_writer: the last sequence has not ended");
  std::vector<written_file> files;
  files.push_back(tokens_.finish("<u2", row_tokens_
                                            ? fmt::format("({}, {})", sequences_, *row_tokens_)
                                            : fmt::format("({},)", ended_tokens_)));
  if (offsets_) files.push_back(offsets_->finish("<i8", fmt::format("({},)", sequences_ + 1)));
  return files;
}

void npy_writer::append_offset() {
  auto const offset = static_cast<std::int64_t>(ended_tokens_);
  offsets_->append(std::as_bytes(std::span(&offset, 1)));
}

}  // namespace sluice::tool
