// The run of `sluice chunk` from a list of files to written tokens: a machine, a runtime on it, and
// the stages as streaming tasks, each given the stream of the one before.
//
//   Units    bytes.
//   Owner    owns the machine and the runtime; the writer is shared with the caller, who gives the
//            files their names once run() has returned.
//   Threads  one thread constructs and runs; cancel() may come from any other meanwhile.
//   Errors   the constructor: device_unavailable, usage_error. run(): what any stage met, or
//            `cancelled`; afterwards nothing of the run is left but the caller's writer.
//   Flow     list_inputs -> chunk_pipeline -> finish_result
//
// The window of the first stream bounds the text in flight. A later stage may run ahead of the next
// one by two chunks; a stage that waits for the one after it holds nothing.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/trace.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/tools/memory_plan.hpp>
#include <sluice/tools/options.hpp>
#include <sluice/tools/path_list.hpp>
#include <sluice/tools/progress.hpp>
#include <sluice/tools/rejected.hpp>
#include <sluice/tools/shard_writer.hpp>
#include <sluice/tools/write_stage.hpp>

namespace sluice::tool {

// For tests; no option leads here.
class pipeline_hooks {
 public:
  pipeline_hooks() = default;

  std::uint32_t hash_bits = 64;           // fewer: equal hashes of different documents
  std::optional<wait_reason> skip_waits;  // of the simulated device
};

struct pool_report {
  location pool;
  pool_figures figures;
};

// What a run did.
class chunk_report {
 public:
  chunk_report() = default;

  document_counts counts;
  std::uint64_t tokens = 0;
  std::uint64_t chunks = 0;
  std::optional<std::chrono::steady_clock::time_point> first_chunk;  // when it was written
  std::vector<task_figures> stages;                                  // in the order of the flow
  std::vector<pool_report> pools;
  std::vector<std::uint64_t> file_bytes;    // read, of each file
  std::vector<rejected_document> rejected;  // the first that are invalid
  std::uint64_t spilled_bytes = 0;
  std::uint64_t restored_bytes = 0;
};

class chunk_pipeline {
 public:
  // `log` may be null; it outlives the pipeline.
  explicit chunk_pipeline(chunk_options const& options, trace* log = nullptr,
                          pipeline_hooks hooks = {});
  ~chunk_pipeline();
  chunk_pipeline(chunk_pipeline const&) = delete;
  chunk_pipeline& operator=(chunk_pipeline const&) = delete;

  memory_plan const& plan() const noexcept { return plan_; }
  run_progress const& progress() const noexcept;  // may be read by any thread

  chunk_report run(path_list files, std::shared_ptr<shard_writer> to);
  // The run ends soon, with `cancelled`, unless it has ended. Also before it begins.
  void cancel() noexcept;

 private:
  struct state;

  memory_plan plan_;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::tool
