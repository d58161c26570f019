#include <sluice/cuda/detail/poisoned_pages.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include <sluice/cuda/detail/sim_memory.hpp>

namespace sluice::detail {

namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t window_bytes = std::size_t{2} << 20;
constexpr std::size_t kept_bytes_max = std::size_t{256} << 20;  // of one

std::size_t rounded_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

// Pages of a file that nobody has; no access to them is allowed.
class kept_pages {
 public:
  std::byte* take(std::size_t bytes) noexcept {
    std::byte* taken = nullptr;
    {
      std::scoped_lock const lock(mutex_);
      auto* const found =
          std::ranges::find_if(all_, [&](kept const& each) { return each.bytes == bytes; });
      if (found == all_.end()) return nullptr;
      taken = std::exchange(*found, kept()).first;
    }
    if (::mprotect(taken, bytes, PROT_READ | PROT_WRITE) == 0) return taken;
    ::munmap(taken, bytes);
    return nullptr;
  }

  // False when they are not kept.
  bool give(std::byte* first, std::size_t bytes) noexcept {
    if (bytes > kept_bytes_max || ::madvise(first, bytes, MADV_DONTNEED) != 0 ||
        ::mprotect(first, bytes, PROT_NONE) != 0)
      return false;
    std::scoped_lock const lock(mutex_);
    kept& place = all_[next_++ % all_.size()];
    if (place.first != nullptr) ::munmap(place.first, place.bytes);
    place = {first, bytes};
    return true;
  }

 private:
  struct kept {
    std::byte* first = nullptr;
    std::size_t bytes = 0;
  };

  std::mutex mutex_;           // guards what follows
  std::array<kept, 8> all_{};  // the devices and pinned memory of a machine or two
  std::size_t next_ = 0;
};

constinit kept_pages kept_for_next;

// The same poisoned window over and over, copied when it is written to: a large extent costs memory
// and time only where it is used.
bool show_poison(std::byte* memory, std::size_t bytes) {
  int const file = ::memfd_create("sluice poison", MFD_CLOEXEC);
  if (file < 0) return false;
  std::size_t const window = std::max(window_bytes, rounded_up(bytes / 4096, page_bytes));
  bool good = ::ftruncate(file, static_cast<off_t>(window)) == 0;
  if (good) {
    void* const whole = ::mmap(nullptr, window, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    good = whole != MAP_FAILED;
    if (good) {
      std::memset(whole, fresh_poison, window);
      ::munmap(whole, window);
    }
  }
  for (std::size_t at = 0; good && at < bytes; at += window)
    good = ::mmap(memory + at, std::min(window, bytes - at), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_FIXED, file, 0) != MAP_FAILED;
  ::close(file);
  return good;
}

}  // namespace

poisoned_pages::poisoned_pages(std::size_t bytes)
    : bytes_(std::max(page_bytes, rounded_up(bytes, page_bytes))) {
  bool const large = bytes_ >= window_bytes;
  if (large) first_ = kept_for_next.take(bytes_);
  of_file_ = first_ != nullptr;
  if (of_file_) return;
  void* const memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  first_ = static_cast<std::byte*>(memory);
  of_file_ = large && show_poison(first_, bytes_);
  if (!of_file_) std::memset(first_, fresh_poison, bytes_);
}

poisoned_pages::~poisoned_pages() {
  if (first_ == nullptr || (of_file_ && kept_for_next.give(first_, bytes_))) return;
  ::munmap(first_, bytes_);
}

}  // namespace sluice::detail
