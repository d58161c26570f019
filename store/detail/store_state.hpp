// The store's shared state: pools, the queue of requests, and the one mutex over both.
//
//   Owner    shared by the store and by every handle; without the store it is an empty shell.
//   Threads  a store_lock is the proof that the mutex is held. Drivers are asked about events under
//            it; copies, files and waits come without it.
//   Errors   what gives memory back throws nothing.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include <sluice/store/detail/arena.hpp>
#include <sluice/store/detail/copy_lanes.hpp>
#include <sluice/store/detail/host_memory.hpp>
#include <sluice/store/detail/pool.hpp>
#include <sluice/store/detail/request_queue.hpp>
#include <sluice/store/detail/spill_space.hpp>
#include <sluice/store/detail/stored_chunk.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

// Holds the mutex. Letting go of it serves the queue when something changed, and then, without the
// mutex, wakes who was granted memory and gives dropped room on disk back. So no release of memory
// can forget the queue.
class store_lock {
 public:
  explicit store_lock(store_state& state);
  ~store_lock();
  store_lock(store_lock const&) = delete;
  store_lock& operator=(store_lock const&) = delete;

  // Something became free, or can leave now.
  void changed() noexcept { changed_ = true; }
  // The spiller has work.
  void call_spiller() noexcept { call_spiller_ = true; }

 private:
  friend class store_state;
  store_state& state_;
  std::unique_lock<std::mutex> lock_;
  bool changed_ = false;
  bool call_spiller_ = false;
  waiting_request* granted_ = nullptr;
  std::list<replica> dropped_;
};

class store_state : public std::enable_shared_from_this<store_state> {
 public:
  store_state(store_options options, std::span<driver* const> devices, disk& files);
  // Gives all memory and files back, once devices are done with them.
  void close() noexcept;

  pool& at(location where);  // misuse when there is none
  pool& pinned() noexcept { return *pools_[devices_.size()]; }
  pool& host() noexcept { return *pools_[devices_.size() + 1]; }
  pool& on_disk() noexcept { return *pools_[devices_.size() + 2]; }
  std::size_t device_count() const noexcept { return devices_.size(); }
  std::span<std::unique_ptr<pool> const> pools() const noexcept { return pools_; }
  pool& on_device(std::size_t device) noexcept { return *pools_[device]; }
  device_side& side(pool const& device) noexcept { return *devices_[device.index]; }
  arena* pinned_arena() noexcept { return pinned_arena_; }
  spill_space& files() noexcept { return *spill_; }

  // The host is at these bytes: for simulated devices, which check its accesses, too.
  void note_host(address memory, std::size_t bytes, bool writes,
                 std::string_view doing) const noexcept {
    if (checked_by_ != nullptr) checked_by_->note_host_access(memory, bytes, writes, doing);
  }

  // Memory.
  block take(store_lock&, pool& from, std::size_t bytes) noexcept;  // empty when there is no room
  void give_back(store_lock& lock, block freed) noexcept;
  // What take() gave and nobody used: as if it had not been taken, so there is nothing new to try.
  void put_back(store_lock&, block unused) noexcept {
    if (unused.last_users().never_over())
      leave_to_device(unused);
    else
      free_piece(unused);
  }
  void settle(store_lock& lock) noexcept;  // frees what devices are done with

  // Chunks.
  chunk add_chunk(block&& memory, std::size_t bytes, event written);  // taken unless it throws
  // `fresh` holds the one new replica, and still does after a throw.
  replica& publish(store_lock& lock, std::list<replica>& fresh);
  void drop(store_lock& lock, replica& gone) noexcept;
  void touch(store_lock&, stored_chunk& used) noexcept;
  void unpin(store_lock& lock, replica& used) noexcept;
  void reading_closed(store_lock&) noexcept;

  // Requests.
  bool start(waiting_request& request);
  bool withdraw(waiting_request& request) noexcept;
  void serve(store_lock& lock) noexcept;
  request_queue const& queue(store_lock const&) const noexcept { return queue_; }
  void clear_claims(store_lock& lock, request_key const& of) noexcept;
  // An older request waits for that pool, or the spiller makes room there for one.
  bool must_wait_behind(pool const& wanted, waiting_request const& request) const noexcept;

  // Fixed but for close().
  std::atomic<bool> closed{false};
  // Counters of their own.
  std::atomic<std::size_t> waiters{0};
  std::atomic<std::uint64_t> spilled_bytes{0};
  std::atomic<std::uint64_t> restored_bytes{0};

  // Guarded by the mutex.
  void (*notify)(void*) noexcept = nullptr;
  void* notified = nullptr;
  std::size_t open_readings = 0;
  void (*last_closed)(void*) noexcept = nullptr;
  void* last_closed_told = nullptr;
  bool spiller_called = false;       // and has not come yet
  bool spilling = false;             // one thread does
  bool spiller_asked_again = false;  // something changed meanwhile
  bool pinned_wanted = false;        // and not there, though it may grow
  // Of both there are none; an audit looks.
  std::size_t granted_out_of_turn = 0;
  std::size_t dropped_in_use = 0;

 private:
  friend class store_lock;
  bool try_grant(store_lock& lock, waiting_request& request) noexcept;
  block take_settled(store_lock& lock, pool& from, std::size_t bytes) noexcept;
  void want_growth(store_lock& lock, pool const& passed) noexcept;
  void leave_queue(store_lock& lock, waiting_request& request) noexcept;
  void granted(waiting_request& request) noexcept;
  void free_piece(block& freed) noexcept;
  static void leave_to_device(block& freed) noexcept;

  std::vector<std::unique_ptr<device_side>> devices_;
  std::vector<std::unique_ptr<pool>> pools_;  // devices, pinned, host, disk
  arena* pinned_arena_ = nullptr;
  driver* checked_by_ = nullptr;  // the first simulated device; null where there is none
  std::unique_ptr<spill_space> spill_;

  std::mutex mutex_;
  request_queue queue_;
  std::uint64_t clock_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace sluice::detail
