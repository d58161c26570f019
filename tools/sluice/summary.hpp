// What a run says of itself at its end: for people, and as one JSON object.
//
//   Units    seconds are wall time for the run, from the command's start to the result on its disk,
//            and host time inside the body for a stage; MB/s are 10^6 bytes of input text per
//            second.
//   Owner    text.
//
// A stage on a device only gives work to it: its host time is short and says nothing about speed,
// so no MB/s is stated.

#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <sluice/tools/pipeline.hpp>
#include <sluice/tools/shard_writer.hpp>

namespace sluice::tool {

class summary {
 public:
  // The run began at `begin` and ends now.
  summary(chunk_report const& report, memory_plan const& plan, shard_writer const& result,
          std::chrono::steady_clock::time_point begin);

  std::string as_text() const;
  std::string as_json() const;

 private:
  chunk_report const& report_;
  memory_plan const& plan_;
  shard_writer const& result_;
  double const seconds_;
  std::optional<double> first_chunk_seconds_;  // none: no chunk
};

}  // namespace sluice::tool
