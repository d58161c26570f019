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

#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(SLUICE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace sluice::detail {

namespace {

constexpr std::uintptr_t page_bytes = 4096;

void* bytes_at(byte_range range) noexcept {
  return reinterpret_cast<void*>(range.begin);
}

#if defined(SLUICE_ADDRESS_SANITIZER)
constexpr bool has_address_sanitizer = true;
void poison_bytes(byte_range range) noexcept {
  __asan_poison_memory_region(bytes_at(range), range.size());
}
void unpoison_bytes(byte_range range) noexcept {
  __asan_unpoison_memory_region(bytes_at(range), range.size());
}
#else
constexpr bool has_address_sanitizer = false;
void poison_bytes(byte_range) noexcept {}
void unpoison_bytes(byte_range) noexcept {}
#endif

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
  if (extent.size() == 0) return;
  extent.end = end_of_pages(extent);
  extents_.push_back(extent);
  poison(extent);
  if (!guards_) return;
  std::scoped_lock const lock(guarded_mutex);
  auto* const free = std::ranges::find_if(guarded, [](guarded_extent const& each) {
    return each.begin.load(std::memory_order_relaxed) == 0;
  });
  if (free == guarded.end()) return;  // faults there are told by nobody
  install_handler();
  free->end.store(extent.end, std::memory_order_relaxed);
  free->hazards.store(&hazards_, std::memory_order_relaxed);
  free->begin.store(extent.begin, std::memory_order_release);
  if (open_ == 0) ::mprotect(bytes_at(extent), extent.size(), PROT_NONE);
}

void memory_guard::remove(byte_range extent) noexcept {
  auto const known = std::ranges::find(extents_, extent.begin, &byte_range::begin);
  if (known == extents_.end()) return;
  unpoison_bytes(*known);
  if (guards_) {
    std::scoped_lock const lock(guarded_mutex);
    ::mprotect(bytes_at(*known), known->size(), PROT_READ | PROT_WRITE);
    for (guarded_extent& each : guarded)
      if (each.begin.load(std::memory_order_relaxed) == extent.begin)
        each.begin.store(0, std::memory_order_release);
  }
  extents_.erase(known);
}

bool memory_guard::wants_ranges() noexcept {
  return has_address_sanitizer;
}

void memory_guard::open(std::span<byte_range const> ranges) {
  if (open_++ == 0) protect(PROT_READ | PROT_WRITE);
  if (!has_address_sanitizer) return;
  for (byte_range const each : ranges) {
    in_use_.push_back(each);
    unpoison_bytes(each);
  }
}

void memory_guard::close(std::span<byte_range const> ranges) noexcept {
  if (has_address_sanitizer) {
    for (byte_range const each : ranges)
      in_use_.erase(std::ranges::find_if(in_use_, [&](byte_range used) {
        return used.begin == each.begin && used.end == each.end;
      }));
    for (byte_range const each : ranges) poison(each);
  }
  if (--open_ == 0) protect(PROT_NONE);
}

// What lies in device memory and no running operation uses.
void memory_guard::poison(byte_range range) const noexcept {
  if (!has_address_sanitizer) return;
  for (byte_range const extent : extents_) {
    if (!extent.contains(range)) continue;
    for (std::uintptr_t next = range.begin; next < range.end;) {
      std::uintptr_t until = range.end;
      std::uintptr_t used_until = next;
      for (byte_range const used : in_use_) {
        if (used.begin <= next && used.end > used_until) used_until = used.end;
        if (used.begin > next && used.begin < until) until = used.begin;
      }
      if (used_until == next) poison_bytes({next, until});
      next = used_until > next ? used_until : until;
    }
    return;
  }
}

void memory_guard::protect(int rights) noexcept {
  if (!guards_) return;
  for (byte_range const each : extents_) ::mprotect(bytes_at(each), each.size(), rights);
}

}  // namespace sluice::detail
