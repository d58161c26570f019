#include <sluice/tools/signals.hpp>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace sluice::tool {

namespace {

sigset_t watched_signals() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

file_handle opened(int descriptor, char const* what) {
  if (descriptor < 0) throw_file_error("open", what, errno);
  return file_handle(descriptor);
}

}  // namespace

signal_watch::signal_watch() {
  sigset_t const set = watched_signals();
  signals_ = opened(::signalfd(-1, &set, SFD_CLOEXEC), "a descriptor of signals");
  stop_ = opened(::eventfd(0, EFD_CLOEXEC), "a descriptor of events");
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    throw;
  }
}

signal_watch::~signal_watch() {
  std::uint64_t const one = 1;
  while (::write(stop_.descriptor(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void signal_watch::on_signal(std::function<void()> call) {
  std::lock_guard const lock(mutex_);
  call_ = std::move(call);
  if (call_ && caught() != 0) call_();
}

void signal_watch::watch() noexcept {
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{signals_.descriptor(), POLLIN, 0},
                                pollfd{stop_.descriptor(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if ((ready[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo got{};
    if (::read(signals_.descriptor(), &got, sizeof got) != sizeof got) continue;
    std::lock_guard const lock(mutex_);
    int none = 0;
    bool const first = caught_.compare_exchange_strong(none, static_cast<int>(got.ssi_signo));
    if (first && call_) call_();
  }
}

}  // namespace sluice::tool
