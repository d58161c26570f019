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

std::uint64_t document_counts::* outcome_of(duplicate_search const& search) {
  return search.found() ? &document_counts::duplicate : &document_counts::kept;
}

text_question* question_of(std::optional<duplicate_search>& search,
                           std::optional<rejected_search>& look) {
  if (search) return &*search;
  return look ? &*look : nullptr;
}

// What is known of the document that has just ended, where a chunk with these segments begins it.
rejected_document about(decisions const& so_far, std::span<text_segment const> segments) {
  std::uint32_t const at = so_far.first_offset();
  auto const behind = std::ranges::upper_bound(segments, at, {}, &text_segment::offset);
  auto const index = static_cast<std::size_t>(behind - segments.begin()) - 1;
  text_origin const from = so_far.first_text().origin;
  rejected_document document;
  document.number = so_far.number();
  document.file = from.file + index;
  document.offset = at - segments[index].offset + (index == 0 ? from.offset : 0);
  document.bytes = so_far.bytes();
  return document;
}

}  // namespace

generator<decided_text> dedup_stage(context here, object_ref_generator<hashed_text> texts,
                                    dedup_limits limits,
                                    std::shared_ptr<rejected_sample> rejected) {
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
        std::optional<duplicate_search> search;
        std::optional<rejected_search> look;
        if (outcome == nullptr) {
          search.emplace(index, hashes.span()[i], so_far.first());
        } else if (outcome == &document_counts::invalid && rejected->wanted()) {
          auto const segments = co_await here.read<text_segment>(so_far.first_text().segments);
          look.emplace(about(so_far, segments.span()), so_far.first());
        }
        text_question* const asked = question_of(search, look);
        while (asked != nullptr && asked->searching()) {
          std::uint32_t const number = asked->wanted_chunk();
          if (!seen.is_open(number)) {
            seen.make_room(asked->other_chunk());
            auto bytes = co_await here.read<std::uint8_t>(seen.bytes(number));
            auto table = co_await here.read<piece>(seen.pieces(number));
            seen.open(number, std::move(bytes), std::move(table));
          }
          auto const wanted = seen.use(number);
          asked->give(wanted.bytes, wanted.pieces);
        }
        if (look) rejected->add(look->take());
        if (search) outcome = outcome_of(*search);
        if (search && !search->found()) {
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
          index.add(hashes.span()[i], so_far.first());
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
