// Ctrl-C and SIGTERM as a call on a thread of its own, instead of the end of the process.
//
//   Owner    from construction to destruction the two signals are blocked in this thread and in
//            those it starts. Afterwards they are as before.
//   Threads  construct it before other threads are started. The call comes from the watch's thread,
//            once, where no lock is held: it may do what ordinary code may.
//   Errors   io_error when the system has no descriptors or threads left.

#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include <sluice/tools/files.hpp>

namespace sluice::tool {

class signal_watch {
 public:
  signal_watch();
  ~signal_watch();
  signal_watch(signal_watch const&) = delete;
  signal_watch& operator=(signal_watch const&) = delete;

  // At once if a signal has come already. None: nobody is called any more when this returns.
  void on_signal(std::function<void()> call);

  // SIGINT or SIGTERM, the first that came; 0 as long as none has.
  int caught() const noexcept { return caught_.load(std::memory_order_acquire); }

 private:
  void watch() noexcept;

  sigset_t before_{};
  file_handle signals_;
  file_handle stop_;

  std::atomic<int> caught_{0};
  std::mutex mutex_;
  std::function<void()> call_;  // guarded by mutex_

  std::thread thread_;
};

}  // namespace sluice::tool
