#include <sluice/cuda/detail/memory_guard.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include <sluice/cuda/detail/hazard_state.hpp>

namespace sluice::detail {

namespace {

constexpr std::uintptr_t page_bytes = 4096;

// What the handler may look at: no lock is taken before the address is known to be guarded.
struct guarded_extent {
  std::atomic<std::uintptr_t> begin{0};  // 0: not in use
  std::atomic<std::uintptr_t> end{0};
  std::atomic<hazard_state*> hazards{nullptr};
};
std::array<guarded_extent, 256> guarded;
std::mutex guarded_mutex;  // of who changes the list
struct sigaction handler_before;
bool handler_is_there = false;

void pass_on(int signal, siginfo_t* info, void* context) {
  if ((handler_before.sa_flags & SA_SIGINFO) != 0) {
    handler_before.sa_sigaction(signal, info, context);
    return;
  }
  if (handler_before.sa_handler != SIG_DFL && handler_before.sa_handler != SIG_IGN) {
    handler_before.sa_handler(signal);
    return;
  }
  // The same fault again, with what the system does about it.
  ::signal(signal, SIG_DFL);
}

bool was_write([[maybe_unused]] void const* context) {
#if defined(__x86_64__)
  return (static_cast<ucontext_t const*>(context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#else
  return false;
#endif
}

void on_fault(int signal, siginfo_t* info, void* context) {
  auto const at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (guarded_extent const& each : guarded) {
    std::uintptr_t const begin = each.begin.load(std::memory_order_acquire);
    if (begin == 0 || at < begin || at >= each.end.load(std::memory_order_relaxed)) continue;
    each.hazards.load(std::memory_order_relaxed)->end_for_host_access(at, was_write(context));
  }
  pass_on(signal, info, context);
}

void install_handler() {
  if (handler_is_there) return;
  struct sigaction ours = {};
  ours.sa_sigaction = on_fault;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&ours.sa_mask);
  handler_is_there = ::sigaction(SIGSEGV, &ours, &handler_before) == 0;
}

std::uintptr_t end_of_pages(byte_range extent) {
  return (extent.end + page_bytes - 1) / page_bytes * page_bytes;
}

}  // namespace

memory_guard::~memory_guard() {
  while (!extents_.empty()) remove(extents_.back());
}

void memory_guard::add(byte_range extent) {
  if (!guards_ || extent.size() == 0) return;
  std::scoped_lock const lock(guarded_mutex);
  auto* const free = std::ranges::find_if(guarded, [](guarded_extent const& each) {
    return each.begin.load(std::memory_order_relaxed) == 0;
  });
  if (free == guarded.end()) return;  // so many are not all watched
  install_handler();
  extent.end = end_of_pages(extent);
  extents_.push_back(extent);
  free->end.store(extent.end, std::memory_order_relaxed);
  free->hazards.store(&hazards_, std::memory_order_relaxed);
  free->begin.store(extent.begin, std::memory_order_release);
  if (open_ == 0) ::mprotect(reinterpret_cast<void*>(extent.begin), extent.size(), PROT_NONE);
}

void memory_guard::remove(byte_range extent) noexcept {
  auto const known = std::ranges::find(extents_, extent.begin, &byte_range::begin);
  if (known == extents_.end()) return;
  std::scoped_lock const lock(guarded_mutex);
  ::mprotect(reinterpret_cast<void*>(known->begin), known->size(), PROT_READ | PROT_WRITE);
  for (guarded_extent& each : guarded)
    if (each.begin.load(std::memory_order_relaxed) == extent.begin)
      each.begin.store(0, std::memory_order_release);
  extents_.erase(known);
}

void memory_guard::open() noexcept {
  if (open_++ == 0) protect(PROT_READ | PROT_WRITE);
}

void memory_guard::close() noexcept {
  if (--open_ == 0) protect(PROT_NONE);
}

void memory_guard::protect(int rights) noexcept {
  for (byte_range const each : extents_)
    ::mprotect(reinterpret_cast<void*>(each.begin), each.size(), rights);
}

}  // namespace sluice::detail
