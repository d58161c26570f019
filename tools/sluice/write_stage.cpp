#include <sluice/tools/write_stage.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice::tool {

namespace {

// Cuts the tokens of the kept pieces into documents; a document may go on in the next chunk.
void append_pieces(shard_writer& to, std::span<std::uint16_t const> tokens,
                   std::span<piece const> pieces, std::span<std::uint8_t const> keep) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (keep[i] == 0) continue;
    piece const& part = pieces[i];
    std::size_t const count = part.length + (part.ends != 0 ? 1 : 0);
    require(count <= tokens.size(), "a kept piece has its tokens");
    to.append(tokens.first(count));
    tokens = tokens.subspan(count);
    if (part.ends != 0) to.end_document();
  }
  require(tokens.empty(), "every token belongs to a kept piece");
}

}  // namespace

generator<write_result> write_stage(context here, object_ref_generator<token_run> runs,
                                    std::shared_ptr<shard_writer> to,
                                    std::shared_ptr<run_progress> progress) {
  write_result result;
  for (;;) {
    auto const ref = co_await runs.next();
    if (!ref) break;
    value<token_run> const run = co_await here.get(*ref);
    decided_text const& decided = *run->source;
    auto const tokens = co_await here.read<std::uint16_t>(run->tokens);
    auto const pieces = co_await here.read<piece>(decided.source->pieces);
    auto const keep = co_await here.read<std::uint8_t>(decided.keep);
    append_pieces(*to, tokens.span(), pieces.span(), keep.span());
    result.counts += decided.counts;
    result.tokens += tokens.size();
    ++result.chunks;
    progress->written_bytes.fetch_add(decided.counts.text_bytes, std::memory_order_relaxed);
    progress->documents.fetch_add(decided.counts.documents, std::memory_order_relaxed);
    if (!result.first_chunk) result.first_chunk = std::chrono::steady_clock::now();
  }
  co_yield result;
}

}  // namespace sluice::tool
