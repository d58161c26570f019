#include <sluice/tools/stages.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <sluice/kernels/hash.hpp>
#include <sluice/kernels/pack.hpp>
#include <sluice/kernels/utf8.hpp>
#include <sluice/tools/text_reader.hpp>

namespace sluice::tool {

namespace {

void count_bytes(std::vector<std::uint64_t>& of_files, text_fill const& fill) {
  for (std::size_t i = 0; i < fill.segments.size(); ++i)
    of_files[fill.file + i] += fill.segments[i].bytes;
}

}  // namespace

generator<text> read_stage(context here, read_job job) {
  std::size_t const chunk_bytes = job.chunk_bytes;
  text_reader reader(std::move(job.paths), job.rule, job.pieces_max, job.stop);
  writer<std::byte> room;
  for (;;) {
    std::optional<text> made;
    {
      if (!room) room = co_await here.make<std::byte>(chunk_bytes);
      text_fill const fill = reader.fill(room.span());
      if (fill.segments.empty()) co_return;
      auto segments = co_await here.make<text_segment>(fill.segments.size());
      std::copy(fill.segments.begin(), fill.segments.end(), segments.span().begin());
      count_bytes(*job.file_bytes, fill);
      job.progress->read_bytes.fetch_add(fill.bytes, std::memory_order_relaxed);
      chunk bytes;
      if (fill.bytes > chunk_bytes / 2) {
        writer<std::byte> full = std::exchange(room, writer<std::byte>());
        bytes = std::move(full).seal().slice(0, fill.bytes);
      } else {  // short lines, or the end: a buffer that is mostly empty would live for long
        auto exact = co_await here.make<std::byte>(fill.bytes);
        std::copy_n(room.span().begin(), fill.bytes, exact.span().begin());
        bytes = std::move(exact).seal();
      }
      made.emplace(std::move(bytes), std::move(segments).seal(),
                   text_origin{fill.file, fill.offset}, fill.continues);
    }
    co_yield std::move(*made);
  }
}

generator<split_text> split_stage(context here, object_ref_generator<text> texts, split_rule rule) {
  for (;;) {
    std::optional<split_text> made;
    {
      auto const ref = co_await texts.next();
      if (!ref) co_return;
      value<text> source = co_await here.get(*ref);
      auto const bytes = co_await here.read<std::uint8_t>(source->bytes);
      auto const segments = co_await here.read<text_segment>(source->segments);
      text_extent extent;
      extent.bytes = bytes.size();
      extent.segments = segments.size();
      auto plan = co_await here.make<std::uint32_t>(split_plan_size(extent));
      auto count = co_await here.make<std::uint32_t>(1);
      auto scratch = co_await here.make<std::byte>(split_workspace_bytes(extent));
      bool const at_start = !source->continues;
      split_count(here.with(scratch.update()), bytes.view(), segments.view(), rule, at_start,
                  plan.view(), count.view());
      std::uint32_t const pieces = co_await here.fetch(count);
      auto table = co_await here.make<piece>(pieces);
      split_table(here, bytes.view(), segments.view(), rule, at_start, plan.written(),
                  table.view());
      made.emplace(std::move(source), std::move(table).seal(), pieces);
    }
    co_yield std::move(*made);
  }
}

generator<checked_text> utf8_stage(context here, object_ref_generator<split_text> texts) {
  auto open = co_await here.make<utf8_state>(1);
  begin_utf8(here, open.view());
  for (;;) {
    std::optional<checked_text> made;
    {
      auto const ref = co_await texts.next();
      if (!ref) co_return;
      value<split_text> source = co_await here.get(*ref);
      auto const bytes = co_await here.read<std::uint8_t>(source->source->bytes);
      auto const pieces = co_await here.read<piece>(source->pieces);
      auto invalid = co_await here.make<std::uint8_t>(pieces.size());
      check_utf8(here, bytes.view(), pieces.view(), open.update(), invalid.view());
      made.emplace(std::move(source), std::move(invalid).seal());
    }
    co_yield std::move(*made);
  }
}

generator<hashed_text> hash_stage(context here, object_ref_generator<checked_text> texts,
                                  std::uint32_t hash_bits) {
  auto open = co_await here.make<hash_state>(1);
  begin_hash(here, open.view());
  for (;;) {
    std::optional<hashed_text> made;
    {
      auto const ref = co_await texts.next();
      if (!ref) co_return;
      value<checked_text> source = co_await here.get(*ref);
      split_text const& split = *source->source;
      auto const bytes = co_await here.read<std::uint8_t>(split.source->bytes);
      auto const pieces = co_await here.read<piece>(split.pieces);
      auto hashes = co_await here.make<std::uint64_t>(pieces.size());
      hash_documents(here, bytes.view(), pieces.view(), hash_bits, open.update(), hashes.view());
      made.emplace(std::move(source), std::move(hashes).seal());
    }
    co_yield std::move(*made);
  }
}

generator<token_run> tokenise_stage(context here, object_ref_generator<decided_text> texts) {
  for (;;) {
    std::optional<token_run> made;
    {
      auto const ref = co_await texts.next();
      if (!ref) co_return;
      value<decided_text> source = co_await here.get(*ref);
      split_text const& split = *source->source;
      auto const bytes = co_await here.read<std::uint8_t>(split.source->bytes);
      auto const pieces = co_await here.read<piece>(split.pieces);
      auto const keep = co_await here.read<std::uint8_t>(source->keep);
      auto scratch = co_await here.make<std::byte>(pack_workspace_bytes(pieces.size()));
      auto tokens = co_await here.make<std::uint16_t>(source->token_count);
      tokenise_bytes(here.with(scratch.update()), bytes.view(), pieces.view(), keep.view(),
                     tokens.view());
      made.emplace(std::move(source), std::move(tokens).seal());
    }
    co_yield std::move(*made);
  }
}

}  // namespace sluice::tool
