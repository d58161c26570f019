// Ends a result: the documents that were rejected, the manifest, and then the names of all files.
//
//   Owner    files of the result, through the writer.
//   Errors   what the file system refuses; then nothing has a name.
//   Flow     chunk_pipeline::run -> finish_result
//
// The manifest says what decides the bytes of a result and what they are: inputs, options, counts,
// sizes and checksums. It says nothing of the machine, of limits, places or times, so it is the
// same for each of them.

#pragma once

#include <sluice/tools/inputs.hpp>
#include <sluice/tools/options.hpp>
#include <sluice/tools/pipeline.hpp>
#include <sluice/tools/shard_writer.hpp>

namespace sluice::tool {

void finish_result(shard_writer& writer, chunk_options const& options, input_list const& inputs,
                   chunk_report const& report);

}  // namespace sluice::tool
