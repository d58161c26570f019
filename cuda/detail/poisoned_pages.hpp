// Pages full of garbage, for an extent that nobody has written to.
//
//   Units    bytes.
//   Owner    whoever took them; destroyed, they can be reached by nobody.
//   Threads  the pages are anybody's; taking and destroying is for any thread.
//   Errors   pages() is null when the system has no more.
//
// Large ones are kept for the next simulated device that wants as many: what somebody wrote is
// dropped, and the same garbage is there again, so nothing tells who had them before. Filling new
// ones was most of what a short program on a simulated machine took.

#pragma once

#include <cstddef>
#include <utility>

namespace sluice::detail {

class poisoned_pages {
 public:
  // At least one page.
  explicit poisoned_pages(std::size_t bytes);
  ~poisoned_pages();
  poisoned_pages(poisoned_pages&& from) noexcept
      : first_(std::exchange(from.first_, nullptr)), bytes_(from.bytes_), of_file_(from.of_file_) {}
  poisoned_pages& operator=(poisoned_pages&&) = delete;

  std::byte* pages() const noexcept { return first_; }

 private:
  std::byte* first_ = nullptr;
  std::size_t bytes_ = 0;  // whole pages
  bool of_file_ = false;   // which has the garbage; else it was written here
};

}  // namespace sluice::detail
