#include <sluice/tools/dedup_stage.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/kernels/text.hpp>
#include <sluice/tools/decisions.hpp>
#include <sluice/tools/document_index.hpp>
#include <sluice/tools/duplicate_search.hpp>
#include <sluice/tools/seen_texts.hpp>

namespace sluice::tool {

namespace {

void refuse_more_than(std::size_t documents_max, std::size_t known) {
  if (known < documents_max) return;
  throw error(error_kind::out_of_memory,
              "the input has more than " + std::to_string(documents_max) +
                  " distinct documents, and --memory has room to remember no more; raise "
                  "--memory, or keep duplicates with --dedup none");
}

// Null: it is in the index that tells.
std::uint64_t document_counts::* judged_alone(bool empty, bool invalid, bool exact) {
  if (empty) return &document_counts::empty;
  if (invalid) return &document_counts::invalid;
  return exact ? nullptr : &document_counts::kept;
}

}  // namespace

generator<decided_text> dedup_stage(context here, object_ref_generator<hashed_text> texts,
                                    dedup_limits limits) {
  decisions so_far;
  seen_texts seen(limits.open_texts);
  document_index index;
  for (;;) {
    {
      auto const ref = co_await texts.next();
      if (!ref) co_return;
      value<hashed_text> const item = co_await here.get(*ref);
      value<split_text> const& split = item->source->source;
      auto const pieces = co_await here.read<piece>(split->pieces);
      auto const invalid = co_await here.read<std::uint8_t>(item->source->invalid);
      auto const hashes = co_await here.read<std::uint64_t>(item->hashes);
      seen.add(split->source->bytes, split->pieces);
      so_far.begin_chunk(split);

      for (std::size_t i = 0; i < pieces.size(); ++i) {
        piece const part = pieces.span()[i];
        if (!so_far.take(i, part)) continue;
        auto outcome = judged_alone(so_far.empty(), invalid.span()[i] != 0, limits.exact);
        if (outcome == nullptr) {
          std::uint64_t const hash = hashes.span()[i];
          duplicate_search search(index, hash, so_far.first());
          while (search.searching()) {
            std::uint32_t const number = search.wanted_chunk();
            if (!seen.is_open(number)) {
              seen.make_room(search.other_chunk());
              auto bytes = co_await here.read<std::uint8_t>(seen.bytes(number));
              auto table = co_await here.read<piece>(seen.pieces(number));
              seen.open(number, std::move(bytes), std::move(table));
            }
            auto const wanted = seen.use(number);
            search.give(wanted.bytes, wanted.pieces);
          }
          outcome = search.found() ? &document_counts::duplicate : &document_counts::kept;
          if (!search.found()) {
            refuse_more_than(limits.documents_max, index.size());
            if (std::size_t const count = index.segment_wanted()) {
              auto entries = co_await here.make<document_entry>(count);
              auto links = co_await here.make<std::uint32_t>(count);
              index.give_segment(std::move(entries), std::move(links));
            }
            if (std::size_t const count = index.table_wanted()) {
              auto heads = co_await here.make<std::uint32_t>(count);
              index.give_table(std::move(heads));
            }
            index.add(hash, so_far.first());
          }
        }
        so_far.decide(i, part, outcome);
      }
    }
    while (so_far.has_decided()) {
      std::uint32_t const number = so_far.decided_number();
      pending_text front = so_far.take_decided();
      if (front.token_count == 0 || !limits.exact) seen.forget(number);
      auto keep = co_await here.make<std::uint8_t>(front.keep.size());
      std::copy(front.keep.begin(), front.keep.end(), keep.span().begin());
      decided_text made(std::move(front.source), std::move(keep).seal(), front.token_count,
                        front.counts);
      co_yield std::move(made);
    }
  }
}

}  // namespace sluice::tool
