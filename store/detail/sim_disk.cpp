// A disk in memory, whose calls fail where a fault plan says so.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/faults.hpp>
#include <sluice/store/disk.hpp>

namespace sluice {

namespace {

// What all files of a disk are told with.
struct surroundings {
  bool strikes(fault_site site) const noexcept { return plan != nullptr && plan->strikes(site); }
  // A disk takes its time, in which others go on.
  void take_time() const {
    if (meanwhile) meanwhile();
  }

  std::shared_ptr<fault_plan> plan;
  std::function<void()> meanwhile;
};
using surroundings_ref = std::shared_ptr<surroundings const>;

// Sparse, as the file of a spill space is: what was never written reads as zeros.
class sim_file final : public disk_file {
 public:
  explicit sim_file(surroundings_ref around) noexcept : around_(std::move(around)) {}

  int allocate(std::uint64_t offset, std::size_t bytes) noexcept override {
    if (around_->strikes(fault_site::reserve_file)) return ENOSPC;
    std::lock_guard const lock(mutex_);
    end_ = std::max(end_, offset + bytes);
    return 0;
  }

  outcome write(std::span<std::byte const> from, std::uint64_t offset) noexcept override {
    around_->take_time();
    if (around_->strikes(fault_site::write_file)) return failed(EIO);
    if (from.size() > 1 && around_->strikes(fault_site::short_write)) from = from.first(1);
    std::lock_guard const lock(mutex_);
    try {
      each_page(offset, from.size(),
                [&](page& of, std::size_t at, std::size_t done, std::size_t n) {
                  std::memcpy(of.data() + at, from.data() + done, n);
                });
    } catch (std::bad_alloc const&) {
      return failed(ENOSPC);
    }
    end_ = std::max(end_, offset + from.size());
    return succeeded(from.size());
  }

  outcome read(std::span<std::byte> into, std::uint64_t offset) noexcept override {
    around_->take_time();
    if (around_->strikes(fault_site::read_file)) return failed(EIO);
    if (into.size() > 1 && around_->strikes(fault_site::short_read)) into = into.first(1);
    std::lock_guard const lock(mutex_);
    std::size_t const there = offset < end_ ? static_cast<std::size_t>(end_ - offset) : 0;
    into = into.first(std::min(into.size(), there));
    try {
      each_page(offset, into.size(),
                [&](page& of, std::size_t at, std::size_t done, std::size_t n) {
                  std::memcpy(into.data() + done, of.data() + at, n);
                });
    } catch (std::bad_alloc const&) {
      return failed(ENOMEM);
    }
    if (!into.empty() && around_->strikes(fault_site::flip_bit)) into.front() ^= std::byte{1};
    return succeeded(into.size());
  }

 private:
  static constexpr std::size_t page_bytes = 4096;
  using page = std::array<std::byte, page_bytes>;

  static outcome failed(int error_number) noexcept {
    outcome of;
    of.error_number = error_number;
    return of;
  }
  static outcome succeeded(std::size_t bytes) noexcept {
    outcome of;
    of.bytes = bytes;
    return of;
  }

  // `call(page, where in it, bytes before it, bytes in it)` for each page of a range.
  template <class Call>
  void each_page(std::uint64_t offset, std::size_t bytes, Call&& call) {
    for (std::size_t done = 0; done < bytes;) {
      std::uint64_t const position = offset + done;
      auto const at = static_cast<std::size_t>(position % page_bytes);
      std::size_t const here = std::min(page_bytes - at, bytes - done);
      auto& found = pages_[position / page_bytes];
      if (found == nullptr) found = std::make_unique<page>();
      call(*found, at, done, here);
      done += here;
    }
  }

  surroundings_ref const around_;

  std::mutex mutex_;  // guards what follows
  std::map<std::uint64_t, std::unique_ptr<page>> pages_;
  std::uint64_t end_ = 0;
};

class sim_disk final : public disk {
 public:
  explicit sim_disk(surroundings_ref around) noexcept : around_(std::move(around)) {}

  std::unique_ptr<disk_file> open_unnamed(std::string const& folder) override {
    if (around_->strikes(fault_site::open_file))
      throw io_error("open a spill file in " + folder, EMFILE, "this disk is simulated");
    return std::make_unique<sim_file>(around_);
  }

 private:
  surroundings_ref const around_;
};

}  // namespace

std::unique_ptr<disk> open_simulated_disk(std::shared_ptr<fault_plan> plan,
                                          std::function<void()> meanwhile) {
  auto around = std::make_shared<surroundings>();
  around->plan = std::move(plan);
  around->meanwhile = std::move(meanwhile);
  return std::make_unique<sim_disk>(std::move(around));
}

}  // namespace sluice
