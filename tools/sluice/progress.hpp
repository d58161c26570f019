// Tells how far a run is while it goes on: one line on a terminal, rewritten in place and gone at
// the end; elsewhere a line of its own now and then.
//
//   Units    bytes of text, documents; MB/s are 10^6 bytes a second since the start.
//   Owner    a thread, from construction to destruction.
//   Threads  the stages count, the display reads; nobody waits for it.
//   Errors   the constructor: std::system_error when there is no thread left. What cannot be
//            written is left out: nobody's result depends on it.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sluice::tool {

// Counted by the stages; only ever grows.
class run_progress {
 public:
  run_progress() = default;

  std::atomic<std::uint64_t> read_bytes{0};
  std::atomic<std::uint64_t> written_bytes{0};  // of text whose tokens are written
  std::atomic<std::uint64_t> documents{0};      // in it
};

// At most `columns` characters; the more there is room for, the more it says.
std::string progress_line(run_progress const& so_far, double seconds, std::size_t columns);

class progress_style {
 public:
  // A terminal on `descriptor`, or lines every 10 s if it is none.
  static progress_style of(int descriptor);

  std::chrono::milliseconds interval{10'000};
  std::optional<int> terminal;  // asked for its width before each line
};

class progress_display {
 public:
  // Both outlive it.
  progress_display(run_progress const& so_far, std::ostream& to, progress_style style);
  ~progress_display();
  progress_display(progress_display const&) = delete;
  progress_display& operator=(progress_display const&) = delete;

 private:
  void show() noexcept;
  void say();

  run_progress const& so_far_;
  std::ostream& to_;
  progress_style const style_;
  std::chrono::steady_clock::time_point const begin_ = std::chrono::steady_clock::now();
  bool shown_ = false;  // of the thread until it has ended

  std::mutex mutex_;
  std::condition_variable ended_;
  bool ends_ = false;  // guarded by mutex_

  std::thread thread_;
};

}  // namespace sluice::tool
