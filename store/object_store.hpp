// Where chunks live: memory of four tiers under hard limits, and the way down to disk.
//
//   Units    bytes. A limit counts what is allocated and what is granted but not yet used.
//   Owner    the store owns all memory and files; it outlives its chunks' bytes, not its handles:
//            chunks that are dropped after the store are safe. Requests, writers and readings go
//            before it. Drivers and disk must outlive it.
//   Threads  any. No call waits for memory or for a device; stage() and spill() may do file I/O.
//   Streams  memory is handed on in stream order: the next owner's stream waits, on the device, for
//            the events of the last users; memory for the host is handed on when they are done.
//   Errors   object_too_large with the arithmetic, before anything is moved; out_of_disk, io_error,
//            corruption from stage() and spill(); device_error from drivers.
//   Flow     memory_request -> writer -> chunk -> try_read -> reading
//
// What is charged is what is really allocated: sizes rounded up to 256 bytes, host memory of 64 KiB
// and more and room on disk to 4096. Free device memory may be too fragmented for a request that
// the account has room for; it then waits like any other, and spilling goes on until it fits.
//
// Wherever a stream is asked for, an empty stream_ref is the host.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <sluice/cuda/driver.hpp>
#include <sluice/cuda/stream.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/ledger.hpp>
#include <sluice/store/reading.hpp>
#include <sluice/store/tier.hpp>
#include <sluice/store/writer.hpp>

namespace sluice {

class disk;
class fault_plan;
class object_store;

class store_options {
 public:
  std::vector<std::size_t> device_bytes;  // one limit per device
  std::size_t pinned_bytes = 0;
  std::size_t host_bytes = std::size_t{1} << 30;
  std::size_t disk_bytes = std::size_t{1} << 40;
  std::string spill_dir;  // empty: the system's temporary folder
  // Refuses memory of the host on a simulated machine; it outlives the store. Null: nothing does.
  fault_plan* faults = nullptr;
};

// One wait for memory, in a coroutine's frame or on a stack. Served oldest first: a younger request
// is never granted memory that an older one waits for in the same pool.
class memory_request {
 public:
  // Any of `pools` will do, tried in order. `age`: smaller is older.
  // Throws object_too_large when `bytes` is more than each of them may ever hold.
  memory_request(object_store& store, std::span<location const> pools, std::size_t bytes,
                 std::uint64_t age);
  ~memory_request();  // withdraws, and gives back what was granted and not taken
  memory_request(memory_request const&) = delete;
  memory_request& operator=(memory_request const&) = delete;

  // True when granted: now, or before. False: queued behind older requests; `wake(who)` will be
  // called once, from any thread and outside all locks, when it is granted.
  bool start(void (*wake)(void* who) noexcept, void* who);
  // False when it was granted already: wake was or will be called. True: it will not be.
  bool withdraw() noexcept;

  bool granted() const noexcept;
  // The memory as a writer for `stream`, or as the target of stage(). Requires granted().
  detail::writer_base take_writer(stream_ref stream);

  std::size_t size_bytes() const noexcept;
  std::uint64_t age() const noexcept;

 private:
  friend class object_store;
  struct node;
  std::unique_ptr<node> node_;
};

// What stands between a caller and a reading.
// No replica there and none on its way: ask for memory of one of `pools` and stage() into it. That
// may be a step on the way only (disk -> host -> device): try again afterwards.
struct needs_memory {
  std::vector<location> pools;
};
// On its way: ask again when it is done.
struct needs_event {
  event done;
};
using read_attempt = std::variant<detail::reading_base, needs_memory, needs_event>;

enum class spill_outcome : std::uint8_t {
  moved,    // something left the pool, or was granted
  pending,  // copies are on their way; ask again when `done` is (empty: soon)
  stuck,    // nothing can leave: everything is being read, written or held
  idle,     // no request is waiting
};
struct spill_result {
  spill_outcome outcome = spill_outcome::idle;
  event done;
};

class object_store {
 public:
  // `devices[i]` is the driver of location(tier::device, i).
  object_store(store_options options, std::span<driver* const> devices, disk& files);
  ~object_store();
  object_store(object_store const&) = delete;
  object_store& operator=(object_store const&) = delete;

  // A reading of `source` for work on `stream`, whose place reaches `reach`: its device's memory,
  // or for a host stream (location host) pinned and pageable memory.
  read_attempt try_read(chunk const& source, location reach, stream_ref stream);
  // Makes a replica of `source` in the memory of `target`: enqueues the copy, or reads the file.
  // `target` must have been granted stage_bytes(), the size of the whole chunk of a slice.
  // To a device small chunks are copied on `stream`, larger ones on a stream of the store's own, so
  // that the copy runs beside the kernels that `stream` has. Nothing happens, and the memory goes
  // back, when somebody else made a replica there meanwhile, or the one to copy from has moved on:
  // try_read() says how to go on. After a throw the memory is back too and the chunk as it was.
  // Returns what the copy is behind, empty when the host has made it. A copy that has failed leaves
  // no replica: who asks for it again would only try for ever.
  event stage(chunk const& source, memory_request& target, stream_ref stream);
  std::size_t stage_bytes(chunk const& source) const noexcept;
  // Empty when complete; throws what hit the write.
  event written(chunk const& source) const;

  // These chunks are one object: they leave a tier together.
  void bind(std::span<chunk const> parts);

  // One unit of work for the oldest waiting request that can be helped: drops a replica that is
  // not the only one, or moves the oldest chunk a tier down, first making room there. Call it until
  // it says something else than moved. One thread works at a time; another one gets idle at once,
  // and the first looks again. Throws out_of_disk, io_error or device_error; what was to move is
  // where it was, and the same call may be tried again: who cannot do better lets oldest_waiter()
  // have the error.
  spill_result spill();
  bool has_waiters() const noexcept;
  // Called (from any thread, outside locks) when a request starts to wait or passes pinned memory
  // that may grow, and, while one waits, when something became movable (a reading closed, a writer
  // sealed, a stage done); the owner then has spill() called. Not called again before that.
  void on_waiter(void (*notify)(void* who) noexcept, void* who) noexcept;

  std::size_t open_readings() const noexcept;
  // Called, inside the store's lock, when the last open reading closes. Null: nobody is told.
  void on_last_reading(void (*closed)(void* who) noexcept, void* who) noexcept;

  // The youngest request that waits, or null: the victim of a stall.
  memory_request* youngest_waiter() noexcept;
  memory_request* oldest_waiter() noexcept;

  // The pools that have a replica now, nearest to the kernels first.
  std::vector<location> where(chunk const& source) const;

  pool_figures figures(location pool) const;
  std::uint64_t spilled_bytes() const noexcept;   // written to disk, all in all
  std::uint64_t restored_bytes() const noexcept;  // read back

 private:
  friend class memory_request;
  friend struct detail::store_access;
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace sluice
