#include <sluice/tools/shard_writer.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <sluice/tools/files.hpp>
#include <sluice/tools/megatron.hpp>
#include <sluice/tools/npy.hpp>

namespace sluice::tool {

namespace {

constexpr std::uint16_t end_of_document = 256;

std::unique_ptr<sequence_writer> sequences_for(result_files& result, shard_options const& options) {
  if (options.layout.format == shard_format::megatron)
    return std::make_unique<megatron_writer>(result, options.buffer_bytes);
  std::optional<std::uint64_t> row_tokens;
  if (options.layout.pack == pack_mode::concat) row_tokens = options.layout.seq_len;
  return std::make_unique<npy_writer>(result, options.buffer_bytes, row_tokens);
}

}  // namespace

shard_writer::shard_writer(shard_options const& options)
    : layout_(options.layout),
      result_(options.folder, options.replace),
      sequences_(sequences_for(result_, options)) {}

void shard_writer::append(std::span<std::uint16_t const> tokens) {
  if (layout_.pack == pack_mode::none) return sequences_->append(tokens);
  while (!tokens.empty()) {
    auto const room = layout_.seq_len - open_tokens_;
    auto const part = tokens.first(std::min<std::size_t>(tokens.size(), room));
    sequences_->append(part);
    open_tokens_ += part.size();
    tokens = tokens.subspan(part.size());
    if (open_tokens_ == layout_.seq_len) end_sequence();
  }
}

void shard_writer::end_document() {
  if (layout_.pack == pack_mode::none) end_sequence();
}

void shard_writer::end_sequence() {
  sequences_->end_sequence();
  ++counts_.sequences;
  open_tokens_ = 0;
}

void shard_writer::end_tail() {
  if (open_tokens_ == 0) return;
  if (layout_.tail == tail_mode::drop) {
    counts_.dropped_tokens = std::exchange(open_tokens_, 0);
    return sequences_->drop_sequence();
  }
  std::array<std::uint16_t, 1024> padding;
  padding.fill(end_of_document);
  counts_.padded_tokens = layout_.seq_len - open_tokens_;
  for (auto left = counts_.padded_tokens; left != 0;) {
    auto const part = std::span(padding).first(std::min<std::size_t>(left, padding.size()));
    left -= part.size();
    append(part);
  }
}

void shard_writer::finish_shards() {
  end_tail();
  written_ = sequences_->finish();
}

void shard_writer::add_text(std::string_view name, std::string_view text) {
  temporary_name& file = result_.add(name);
  buffered_file out(file.take_file(), file.path(), 0);
  out.append(std::as_bytes(std::span(text)));
  out.sync();
  written_.emplace_back(std::string(name), out.written_bytes(), out.xxh64());
}

}  // namespace sluice::tool
