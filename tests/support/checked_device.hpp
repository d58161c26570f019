// A simulated device whose hazards are kept, with streams and arrays, and what tests ask of them.
//
//   Owner    everything; the log may be shared by several.
//   Threads  one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sluice/cuda/hazards.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {

inline std::shared_ptr<hazard_log> keeping_log() {
  return std::make_shared<hazard_log>(hazard_options(hazard_response::collect));
}

inline std::unique_ptr<driver> open_checked(std::uint64_t seed, std::shared_ptr<hazard_log> log,
                                            int index = 0,
                                            std::size_t memory_bytes = std::size_t{1} << 20) {
  sim_options options;
  options.seed = seed;
  options.index = index;
  options.memory_bytes = memory_bytes;
  options.hazards = std::move(log);
  return open_sim(options);
}

class checked_device {
 public:
  explicit checked_device(std::uint64_t seed, std::shared_ptr<hazard_log> shared = keeping_log(),
                          int index = 0)
      : log(std::move(shared)),
        device(open_checked(seed, log, index)),
        pool(*device),
        memory(*device) {
    for (std::size_t i = 0; i < 4; ++i) streams.emplace_back(pool);
  }

  stream const& on(std::size_t i) { return streams[i]; }
  stream_ref ref(std::size_t i) { return streams[i].ref(); }
  // Stream `to` waits for all that `from` was given.
  void order(std::size_t from, std::size_t to, wait_reason reason = wait_reason::input_written) {
    ref(to).wait(ref(from).record(), reason);
  }
  // All arrays, so that nothing is uninitialised.
  void fill_all(std::size_t stream = 0) {
    for (std::size_t i = 0; i < 8; ++i) memory.fill(on(stream), i, 1);
    ref(stream).sync();
  }
  void hand_out(std::size_t array, std::size_t stream) {
    allocation_note note(memory.at(array), memory.bytes());
    note.stream = ref(stream).handle();
    device->note_allocated(note);
  }
  void take_back(std::size_t array) { device->note_freed(memory.at(array), memory.bytes()); }
  void name(std::size_t stream, std::string_view user) {
    device->note_user(ref(stream).handle(), user);
  }

  std::vector<hazard> hazards() const { return log->hazards(); }
  // The only one there is.
  hazard one() const {
    auto const found = hazards();
    EXPECT_EQ(found.size(), 1u);
    for (std::size_t i = 1; i < found.size(); ++i) ADD_FAILURE() << found[i].text();
    return found.empty() ? hazard() : found.front();
  }

  std::shared_ptr<hazard_log> const log;
  std::unique_ptr<driver> const device;
  event_pool pool;
  arrays memory;
  std::deque<stream> streams;
};

// Fails the test with the text of each.
inline void expect_none(std::vector<hazard> const& found) {
  for (hazard const& each : found) ADD_FAILURE() << each.text();
}

inline std::vector<hazard_kind> kinds_of(std::vector<hazard> const& found) {
  std::vector<hazard_kind> kinds;
  for (hazard const& each : found) kinds.push_back(each.kind);
  return kinds;
}

}  // namespace sluice::test
