#include <sluice/store/detail/host_memory.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_LEAK_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_LEAK_SANITIZER
#endif
#endif
#ifdef SLUICE_LEAK_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

namespace sluice::detail {

namespace {

constexpr std::size_t small_unit = 256;
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t mapped_from = std::size_t{64} << 10;
constexpr std::size_t kept_bytes_max = std::size_t{128} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

void* memory_of(address at) {
  return reinterpret_cast<void*>(at.value());
}

void release(address memory, std::size_t bytes) noexcept {
  if (bytes >= mapped_from)
    ::munmap(memory_of(memory), bytes);
  else
    ::operator delete(memory_of(memory));
}

void note_leak_on_purpose([[maybe_unused]] address memory) noexcept {
#ifdef SLUICE_LEAK_SANITIZER
  __lsan_ignore_object(memory_of(memory));
#endif
}

}  // namespace

host_memory::~host_memory() {
  while (!kept_.empty()) unmap_oldest();
}

std::size_t host_memory::round(std::size_t bytes) const noexcept {
  return rounded_up(bytes, bytes < mapped_from ? small_unit : page_bytes);
}

// Small pieces are aligned as new aligns them: glibc 2.36 does not find the room of an aligned
// piece again for the next one, so the heap grew to many times what was in use.
address host_memory::obtain(std::size_t bytes) noexcept {
  if (faults_ != nullptr && faults_->strikes(fault_site::allocate_host)) return {};
  if (bytes < mapped_from) return address::of(::operator new(bytes, std::nothrow));
  void* const mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mapped == MAP_FAILED ? address() : address::of(mapped);
}

piece host_memory::take(std::size_t rounded) noexcept {
  piece taken;
  auto const warm = std::find_if(kept_.rbegin(), kept_.rend(),
                                 [&](kept const& each) { return each.bytes == rounded; });
  if (warm != kept_.rend()) {
    taken.memory = warm->memory;
    kept_bytes_ -= rounded;
    kept_.erase(std::next(warm).base());
  } else {
    while (!kept_.empty() && used_bytes_ + kept_bytes_ + rounded > limit_bytes_) unmap_oldest();
    taken.memory = obtain(rounded);
    // Where the system has no more, what is kept here may be what it lacks.
    while (!taken && !kept_.empty()) {
      unmap_oldest();
      taken.memory = obtain(rounded);
    }
    if (!taken) return taken;
  }
  taken.bytes = rounded;
  used_bytes_ += rounded;
  return taken;
}

void host_memory::hand_over(piece const& given, std::size_t used_bytes,
                            stream_ref stream) noexcept {
  if (checked_by_ == nullptr) return;
  allocation_note note(given.memory, given.bytes);
  note.used_bytes = used_bytes;
  if (stream && &stream.device() == checked_by_) note.stream = stream.handle();
  checked_by_->note_allocated(note);
}

void host_memory::give(piece freed) noexcept {
  if (checked_by_ != nullptr) checked_by_->note_freed(freed.memory, freed.bytes);
  used_bytes_ -= freed.bytes;
  if (freed.bytes >= mapped_from)
    keep(freed);
  else
    release(freed.memory, freed.bytes);
}

// It stays counted, and is a leak on purpose.
void host_memory::leave(piece const& left) noexcept {
  note_leak_on_purpose(left.memory);
}

void host_memory::keep(piece const& freed) noexcept {
  std::size_t const most = std::min(kept_bytes_max, limit_bytes_ / 4);
  while (!kept_.empty() && kept_bytes_ + freed.bytes > most) unmap_oldest();
  if (freed.bytes > most || !remember(freed)) release(freed.memory, freed.bytes);
}

bool host_memory::remember(piece const& freed) noexcept {
  try {
    kept_.emplace_back(freed);
  } catch (...) {
    return false;
  }
  kept_bytes_ += freed.bytes;
  return true;
}

void host_memory::unmap_oldest() noexcept {
  release(kept_.front().memory, kept_.front().bytes);
  kept_bytes_ -= kept_.front().bytes;
  kept_.pop_front();
}

}  // namespace sluice::detail
