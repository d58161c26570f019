// The stages that work on one chunk of text at a time, as bodies of streaming tasks: read on the
// CPU, split, utf8, hash and tokenise wherever their kernels run.
//
//   Owner    each body owns the stream it is given; when it ends early, its producer is stopped.
//            What a body needs for a chunk it gives back before it yields: while it waits for its
//            window it holds nothing but what it carries from chunk to chunk.
//   Streams  one per body; state of an open document stays in device memory from chunk to chunk.
//   Errors   what reading the input or the device refuses ends the stream with that error.
//   Flow     read -> split -> utf8 -> hash -> dedup -> tokenise -> write

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/runtime/context.hpp>
#include <sluice/runtime/generator.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/tools/flow.hpp>
#include <sluice/tools/path_list.hpp>
#include <sluice/tools/progress.hpp>
#include <sluice/tools/stop_event.hpp>

namespace sluice::tool {

class read_job {
 public:
  read_job(path_list files, split_rule const& how) : paths(std::move(files)), rule(how) {}

  path_list paths;
  split_rule rule;
  std::size_t chunk_bytes = 0;
  std::size_t pieces_max = 0;
  std::shared_ptr<stop_event const> stop;
  // Of each file, how many were read: complete once the stream has ended.
  std::shared_ptr<std::vector<std::uint64_t>> file_bytes;
  std::shared_ptr<run_progress> progress;
};

generator<text> read_stage(context here, read_job job);
generator<split_text> split_stage(context here, object_ref_generator<text> texts, split_rule rule);
generator<checked_text> utf8_stage(context here, object_ref_generator<split_text> texts);
generator<hashed_text> hash_stage(context here, object_ref_generator<checked_text> texts,
                                  std::uint32_t hash_bits);
generator<token_run> tokenise_stage(context here, object_ref_generator<decided_text> texts);

}  // namespace sluice::tool
