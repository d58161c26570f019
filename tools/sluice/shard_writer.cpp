#include <sluice/tools/shard_writer.hpp>

#include <sluice/tools/files.hpp>
#include <sluice/tools/megatron.hpp>

namespace sluice::tool {

shard_writer::shard_writer(shard_options const& options)
    : result_(options.folder, options.replace),
      sequences_(std::make_unique<megatron_writer>(result_, options.buffer_bytes)) {}

void shard_writer::finish_shards() {
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
