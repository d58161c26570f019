// Pageable host memory: large pieces are mappings of their own, so that they really go back.
//
//   Units    bytes. Pieces are charged in multiples of 256, large ones in pages.
//   Owner    owns what it keeps for reuse; pieces in use belong to their owners.
//   Threads  one at a time.
//   Errors   none: what the system refuses is an empty piece.
//
// Fresh pages cost their zeroing, four times what writing to warm ones does, so some freed
// mappings are kept for pieces of the same size. In use and kept together never exceed the limit.

#pragma once

#include <cstddef>
#include <deque>

#include <sluice/cuda/faults.hpp>
#include <sluice/store/detail/memory_source.hpp>

namespace sluice::detail {

class host_memory final : public memory_source {
 public:
  // `checked_by`: a simulated device, which is told of what changes hands; or null.
  explicit host_memory(std::size_t limit_bytes, driver* checked_by = nullptr,
                       fault_plan* faults = nullptr) noexcept
      : limit_bytes_(limit_bytes), checked_by_(checked_by), faults_(faults) {}
  ~host_memory() override;

  std::size_t round(std::size_t bytes) const noexcept override;
  std::size_t largest() const noexcept override { return limit_bytes_; }
  bool in_stream_order() const noexcept override { return false; }

  piece take(std::size_t rounded) noexcept override;
  void give(piece freed) noexcept override;
  void leave(piece const& left) noexcept override;
  void hand_over(piece const& given, std::size_t used_bytes, stream_ref stream) noexcept override;

 private:
  struct kept {
    explicit kept(piece const& freed) noexcept : memory(freed.memory), bytes(freed.bytes) {}
    address memory;
    std::size_t bytes;
  };

  address obtain(std::size_t bytes) noexcept;
  void keep(piece const& freed) noexcept;
  bool remember(piece const& freed) noexcept;
  void unmap_oldest() noexcept;

  std::size_t const limit_bytes_;
  driver* const checked_by_;
  fault_plan* const faults_;  // null: the system alone refuses

  std::size_t used_bytes_ = 0;
  std::size_t kept_bytes_ = 0;
  std::deque<kept> kept_;  // oldest first
};

}  // namespace sluice::detail
