// One unit of spilling: decides under the mutex what leaves for whom, works without it, and then
// publishes what it did.
//
//   Owner    made for one call of object_store::spill(); keeps the chunks it moves alive.
//   Threads  one spiller works at a time.
//   Streams  device memory is copied down on a lane of the device, behind the write, and is free at
//            once for owners that wait for the copy. Other memory goes once a copy of it is made.
//   Errors   out_of_disk, io_error, device_error: everything is where it was.

#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include <sluice/store/detail/copy.hpp>
#include <sluice/store/detail/store_state.hpp>

namespace sluice::detail {

class spiller {
 public:
  explicit spiller(store_state& state) : state_(state) {}
  spill_result run();

 private:
  // One chunk of the unit that leaves; with nothing to fill when it has another replica.
  struct leaver {
    explicit leaver(replica& leaves);
    std::shared_ptr<stored_chunk> chunk;
    replica* from;
    copy_source reads;
    std::list<replica> fresh;  // what is filled below
    reservation on_disk;
    event done;
  };
  using unit = std::vector<replica*>;
  enum class action : std::uint8_t { none, dropped, grow, move };
  enum class chance : std::uint8_t { goes, when_copied, changed, none };

  spill_result step();

  // Under the mutex.
  void give_up_lost(store_lock& lock);
  action plan(store_lock& lock);
  action make_room(store_lock& lock, pool& where, std::size_t bytes);
  action drop_clean(store_lock& lock, pool& where, std::size_t& kept_back);
  action move_down(store_lock& lock, pool& where);
  action move_below(store_lock& lock, pool& where, unit const& leaves, bool may_make_room);
  bool is_kept_elsewhere(replica const& each) const;
  chance chance_of(store_lock& lock, unit const& leaves);
  bool together(replica& one, pool& where, unit& leaves);
  bool can_be_copied(unit const& leaves, pool const& where);
  bool give_up_broken(store_lock& lock, unit const& leaves);
  bool reserve_in(store_lock& lock, pool& lower, unit const& leaves);
  bool reserve_in(store_lock& lock, pool& lower, replica& leaves);
  std::vector<pool*> below(pool const& where);

  // Without it.
  void grow();
  void copy();
  void copy_one(leaver& each);
  void finish(bool copied);

  store_state& state_;
  waiting_request* helped_ = nullptr;  // valid under the mutex only
  std::uint64_t hopeless_ = 0;         // pools that nothing can leave now
  std::uint64_t lost_ = 0;             // those of lost devices
  event pending_;
  // Chunks met under the mutex, whose last handle may go meanwhile: that needs the mutex.
  std::vector<std::shared_ptr<stored_chunk>> held_;
  std::vector<leaver> leaving_;
  pool* target_ = nullptr;
  std::size_t growth_bytes_ = 0;
};

}  // namespace sluice::detail
