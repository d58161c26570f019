// The values, refs and handles of a program that runs, of whichever kind.
//
//   Owner    values; the handles of streams are moved.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include <sim/program.hpp>
#include <sluice/runtime/runtime.hpp>

namespace sluice::test::sim {

class batch {
 public:
  explicit batch(chunk only) : parts_{std::move(only), chunk()} {}
  batch(chunk first, chunk second) : parts_{std::move(first), std::move(second)} {}

  std::array<chunk, 2> const& chunks() const { return parts_; }
  chunk const& part(std::size_t turn) const { return parts_[parts_[1] ? turn % 2 : 0]; }

 private:
  std::array<chunk, 2> parts_;
};

using any_ref = std::variant<std::monostate, object_ref<chunk>, object_ref<batch>,
                             object_ref<std::uint64_t>, object_ref<void>>;
using any_stream = std::variant<std::monostate, object_ref_generator<chunk>,
                                object_ref_generator<batch>, object_ref_generator<std::uint64_t>>;
using any_outer = std::variant<std::monostate, object_ref<object_ref_generator<chunk>>,
                               object_ref<object_ref_generator<batch>>,
                               object_ref<object_ref_generator<std::uint64_t>>>;

// What all bodies of one run count together.
class run_counts {
 public:
  std::atomic<long> frames{0};
  std::atomic<std::size_t> waits_for_memory{0};
  std::atomic<std::size_t> waits_for_window{0};
  os_waits* clock = nullptr;
  std::atomic<bool> awake{false};  // nobody sleeps any more
};

// One task of a run. It outlives the runtime.
class job {
 public:
  job(task_plan const& what, run_counts& in) : plan(&what), counts(&in) {}

  void count_taken() {
    if (source != nullptr) ++source->taken;
  }

  task_plan const* const plan;
  run_counts* const counts;
  job* source = nullptr;              // whose stream it takes
  std::vector<std::size_t> sizes;     // of what it has yielded, or is about to
  bool submitted = false;             // and not refused
  std::atomic<std::size_t> taken{0};  // of its own stream, by whoever has the handle
  std::atomic<bool> held{true};       // its stream, by the main program or a body that runs
  std::atomic<bool> stopped{false};   // C12: since then it yields no more
  std::atomic<long> frames{0};        // of its body
  // What its body met.
  std::atomic<bool> ran_on{false};             // behind `stopped`
  std::atomic<std::uint64_t> over_windows{0};  // C14: how often it went on beyond its window
};

// Counted while it lives: a local of a body stands for the frame.
class resident {
 public:
  explicit resident(job& of) : of_(of) {
    if (of_.source != nullptr) of_.source->held = true;
    ++of_.frames;
    ++of_.counts->frames;
  }
  resident(resident const&) = delete;
  resident& operator=(resident const&) = delete;
  ~resident() {
    if (of_.source != nullptr) of_.source->held = false;
    --of_.frames;
    --of_.counts->frames;
  }

 private:
  job& of_;
};

inline void sleep(run_counts const& in, std::chrono::microseconds how_long) {
  if (!in.awake && !in.clock->runs_beside())
    in.clock->make_spot()->wait(in.clock->now() + how_long);
}

// Waits until there are none, or so long that they can be thought to go on.
inline bool ended(std::atomic<long> const& frames, runtime& rt, int waits_max = 10'000) {
  constexpr std::chrono::milliseconds wait{1};
  os_waits& waits = rt.world().waits();
  auto const spot = waits.make_spot();
  for (int i = 0; i < waits_max && frames != 0; ++i) spot->wait(waits.now() + wait);
  return frames == 0;
}

inline place place_of(target where) {
  switch (where) {
    case target::any:
      return any;
    case target::cpu:
      return cpu;
    case target::gpu0:
      return gpu(0);
    case target::gpu1:
      break;
  }
  return gpu(1);
}

// What submit gave back.
class returned {
 public:
  std::vector<any_ref> refs;
  any_stream stream;
  any_outer outer;
};

// What a task is given, by the kinds of its inputs.
class inputs_given {
 public:
  std::vector<any_ref> inner;   // by input; nothing for those of another form
  std::vector<any_ref> values;  // those that are waited for, in order
  any_stream* stream = nullptr;
  any_outer const* growing = nullptr;
};

// Defined for each kind in a file of its own, since each makes many bodies.
template <class T>
returned submit_task(runtime& rt, job& what, inputs_given given);
extern template returned submit_task<chunk>(runtime&, job&, inputs_given);
extern template returned submit_task<batch>(runtime&, job&, inputs_given);
extern template returned submit_task<std::uint64_t>(runtime&, job&, inputs_given);

}  // namespace sluice::test::sim
