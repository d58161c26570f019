// The last stage: appends the tokens of each chunk to the output and counts.
//
//   Units    documents, tokens; time since the clock's own start.
//   Owner    shares the writer with the command, which gives the files their names or drops them.
//   Threads  one body.
//   Errors   what the file system refuses; what any stage before met.
//   Flow     tokenise -> write
//
// Where sequences end it knows from the pieces and from which are kept, so no stage has to tell.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <sluice/runtime/context.hpp>
#include <sluice/runtime/generator.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/tools/flow.hpp>
#include <sluice/tools/progress.hpp>
#include <sluice/tools/shard_writer.hpp>

namespace sluice::tool {

class write_result {
 public:
  write_result() = default;

  document_counts counts;
  std::uint64_t tokens = 0;
  std::uint64_t chunks = 0;
  std::optional<std::chrono::steady_clock::time_point> first_chunk;  // when it was written
};

// Yields once, at the end.
generator<write_result> write_stage(context here, object_ref_generator<token_run> runs,
                                    std::shared_ptr<shard_writer> to,
                                    std::shared_ptr<run_progress> progress);

}  // namespace sluice::tool
