#include <sluice/tools/megatron.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/checksum.hpp>

namespace sluice::tool {

namespace {

// The format is little-endian and values are written as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::uint8_t uint16_code = 8;
constexpr std::uint64_t sequence_tokens_max = std::numeric_limits<std::int32_t>::max();

template <class number>
void append_number(buffered_file& file, number value) {
  file.append(std::as_bytes(std::span(&value, 1)));
}

}  // namespace

megatron_writer::megatron_writer(result_files& result, std::size_t buffer_bytes)
    : folder_(result.folder()),
      buffer_bytes_(buffer_bytes),
      bin_name_(result.add("tokens.bin")),
      idx_name_(result.add("tokens.idx")) {
  bin_.emplace(bin_name_.take_file(), bin_name_.path(), buffer_bytes_ / 2);
  lengths_.emplace(open_unnamed(folder_), folder_, buffer_bytes_ / 4);
}

void megatron_writer::append(std::span<std::uint16_t const> tokens) {
  if (finished_) throw misuse("megatron_writer: append after finish");
  if (tokens.size() > sequence_tokens_max - sequence_tokens_) {
    throw error(
        error_kind::object_too_large,
        fmt::format("{}: document {} has more than {} tokens, which a Megatron index cannot "
                    "say; split it into smaller documents with --split",
                    shown(idx_name_.final_path()), sequences_, sequence_tokens_max));
  }
  bin_->append(std::as_bytes(tokens));
  sequence_tokens_ += tokens.size();
}

void megatron_writer::end_sequence() {
  if (finished_) throw misuse("megatron_writer: end_sequence after finish");
  append_number(*lengths_, static_cast<std::int32_t>(sequence_tokens_));
  tokens_ += sequence_tokens_;
  sequence_tokens_ = 0;
  ++sequences_;
}

void megatron_writer::drop_sequence() {
  sequence_tokens_ = 0;
  dropped_ = true;
  bin_->truncate(tokens_ * sizeof(std::uint16_t));
}

std::vector<written_file> megatron_writer::finish() {
  if (finished_) throw misuse("megatron_writer: finish was called before");
  if (sequence_tokens_ != 0) throw misuse("megatron_writer: the last sequence has not ended");
  finished_ = true;
  bin_->sync();
  lengths_->flush();
  buffered_file idx(idx_name_.take_file(), idx_name_.path(), buffer_bytes_ / 4);
  write_index(idx);
  std::vector<written_file> files;
  auto const sum = dropped_ ? sum_of_file(bin_name_.path()).xxh64 : bin_->xxh64();
  files.emplace_back("tokens.bin", bin_->written_bytes(), sum);
  files.emplace_back("tokens.idx", idx.written_bytes(), idx.xxh64());
  return files;
}

template <class write_entry>
void megatron_writer::for_each_length(write_entry write) {
  std::array<std::int32_t, 1024> some;
  for (std::uint64_t done = 0; done < sequences_;) {
    auto const count = std::min<std::uint64_t>(some.size(), sequences_ - done);
    auto const lengths = std::span(some).first(static_cast<std::size_t>(count));
    auto const got = read_at(lengths_->file(), folder_, done * sizeof(std::int32_t),
                             std::as_writable_bytes(lengths));
    if (got != lengths.size_bytes()) {
      throw error(error_kind::corruption,
                  fmt::format("the temporary list of lengths in {} ends early; check the disk and "
                              "run again",
                              shown(folder_)));
    }
    std::ranges::for_each(lengths, write);
    done += count;
  }
}

void megatron_writer::write_index(buffered_file& idx) {
  idx.append(std::as_bytes(std::span("MMIDIDX\0", 9)));
  append_number(idx, std::uint64_t{1});
  append_number(idx, uint16_code);
  append_number(idx, sequences_);
  append_number(idx, sequences_ + 1);
  for_each_length([&](std::int32_t length) { append_number(idx, length); });
  std::int64_t offset = 0;
  for_each_length([&](std::int32_t length) {
    append_number(idx, offset);
    offset += static_cast<std::int64_t>(sizeof(std::uint16_t)) * length;
  });
  for (std::uint64_t document = 0; document <= sequences_; ++document)
    append_number(idx, static_cast<std::int64_t>(document));
  idx.sync();
}

}  // namespace sluice::tool
