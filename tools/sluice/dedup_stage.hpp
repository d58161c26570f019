// Exact deduplication over the whole input: the first of equal documents stays. The first of those
// that are invalid are put into a sample.
//
//   Units    documents, pieces, bytes.
//   Owner    what it has seen stays in the store, spilled if need be, until the last document has
//            been hashed: equal hashes are settled by comparing bytes.
//   Threads  one body; documents are judged in the order of the input.
//   Errors   out_of_memory when there are more distinct documents than the limit has room for.
//   Flow     hash -> dedup -> tokenise
//
// A chunk of text goes on as soon as every document with a byte in it is decided; one that began in
// it and ends many chunks later holds back all of those.

#pragma once

#include <cstddef>
#include <memory>

#include <sluice/runtime/context.hpp>
#include <sluice/runtime/generator.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/tools/flow.hpp>
#include <sluice/tools/rejected.hpp>

namespace sluice::tool {

class dedup_limits {
 public:
  dedup_limits() = default;

  bool exact = true;              // else every valid document is kept
  std::size_t documents_max = 0;  // distinct ones
  std::size_t open_texts = 2;     // of earlier chunks, between comparisons
};

generator<decided_text> dedup_stage(context here, object_ref_generator<hashed_text> texts,
                                    dedup_limits limits, std::shared_ptr<rejected_sample> rejected);

}  // namespace sluice::tool
