// A runtime with one worker, no device and a clock that the test moves: who runs when is known.
//
//   Owner    the test; the clock lives as long as the runtime.
//   Threads  one.

#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include <sluice/runtime/runtime.hpp>
#include <support/manual_waits.hpp>

namespace sluice::test {

class one_worker : public testing::Test {
 protected:
  explicit one_worker(std::optional<store_options> memory = {}) {
    machine_parts parts;
    auto waits = std::make_unique<manual_waits>();
    clock_ = waits.get();
    parts.waits = std::move(waits);
    parts.no_device_reason = "this test wants none";
    runtime_options options;
    options.workers = 1;
    options.memory = std::move(memory);
    runtime_ = std::make_unique<runtime>(machine(std::move(parts)), options);
  }

  manual_waits* clock_ = nullptr;
  std::unique_ptr<runtime> runtime_;
};

}  // namespace sluice::test
