// What all tasks of one runtime share: executor, store, streams, the list of live records, and the
// answers to three questions: where does a task run, who makes room, what if nothing can move.
//
//   Owner    the runtime; it outlives every record.
//   Threads  any.
//   Errors   device_unavailable from placement; a stall becomes the error of one waiter.
//   Flow     runtime.submit -> placement -> scheduler -> executor -> task_record
//
// A stall is met in this order: memory that could be spilled is; a producer that only its window
// holds back gets one object; the youngest wait for memory gets out_of_memory; the youngest
// wait of any other kind gets deadlock_detected.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/executor.hpp>
#include <sluice/runtime/detail/light_mutex.hpp>
#include <sluice/runtime/detail/suspension.hpp>
#include <sluice/runtime/detail/task_counters.hpp>
#include <sluice/runtime/machine.hpp>
#include <sluice/runtime/place.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

class device_streams;
class task_record;
struct spill_job;

class scheduler {
 public:
  using deadline = executor::deadline;

  scheduler(machine& world, unsigned workers, store_options memory);
  ~scheduler();  // shuts down

  executor& jobs() noexcept { return *jobs_; }
  object_store& store() noexcept { return *store_; }
  machine& world() noexcept { return world_; }
  os_waits& clock() const noexcept { return waits_; }
  trace* log() const noexcept { return log_; }  // null: nothing is recorded

  // --- placement
  enum class reason : std::uint8_t { asked_for, has_device, no_device, no_gpu_body };
  struct placement {
    place where;
    reason why;
  };
  placement place_for(place wish, bool has_cpu_body, bool has_gpu_body) const {
    bool const may_choose = has_gpu_body && device_count_ > 0;
    if (wish.which() != place::kind::any || may_choose || !has_cpu_body)
      return choose_place(wish, has_cpu_body, has_gpu_body);
    return {cpu, has_gpu_body ? reason::no_device : reason::no_gpu_body};
  }
  // Those of this task name at this place; they keep the reason of the first submit. A task object
  // is mostly submitted again and again: where its name stands is a good guess.
  task_counters& counters(std::string_view task, placement at) {
    auto& recent = recent_counters_[(reinterpret_cast<std::uintptr_t>(task.data()) >> 4) %
                                    recent_counters_.size()];
    task_counters* const guess = recent.load(std::memory_order_acquire);
    if (guess != nullptr && guess->where == at.where && guess->name == task) return *guess;
    return find_counters(task, at, recent);
  }
  std::vector<task_counters const*> all_counters() const;
  std::uint64_t stalls() const noexcept { return stalls_.load(std::memory_order_relaxed); }

  // --- records
  std::uint64_t next_age() noexcept { return ages_.fetch_add(1, std::memory_order_relaxed); }
  void add(task_record& record);
  void remove(task_record& record) noexcept;
  void require_open() const {  // misuse after shutdown
    if (closed_.load()) refuse_closed();
  }

  // --- streams: one per running task of a device, kept for the next one
  stream_ref lease_stream(place where, task_counters const& user) {
    return where.which() == place::kind::gpu ? lease_device_stream(where, user) : host_stream();
  }
  void return_stream(place where, stream_ref stream) noexcept {
    if (where.which() == place::kind::gpu) return_device_stream(where, stream);
  }
  stream_ref host_stream() const noexcept { return host_stream_->ref(); }

  // --- waiting outside of coroutines. False: the time has come.
  bool block_on(suspension& wait, deadline at = {});
  // Memory in a plain function: spills on the spot and never waits for others.
  void take_now(memory_wait& wait);

  // Cancels what lives and waits until all of it has ended; every call does. What is submitted at
  // the same time is cancelled or refused.
  void shutdown() noexcept;

 private:
  struct blocked_thread;

  [[noreturn]] static void refuse_closed();
  placement choose_place(place wish, bool has_cpu_body, bool has_gpu_body) const;
  task_counters& find_counters(std::string_view task, placement at,
                               std::atomic<task_counters*>& recent);
  stream_ref lease_device_stream(place where, task_counters const& user);
  void return_device_stream(place where, stream_ref stream) noexcept;
  bool answer_stall();
  bool answer_window_stall(std::vector<counted<task_record>> const& records);
  bool fail_youngest(std::vector<counted<task_record>> const& records, bool memory_only,
                     std::exception_ptr const& failed);
  std::string wait_graph(std::vector<counted<task_record>> const& records) const;
  std::vector<counted<task_record>> live_records() const;
  void cancel_blocked_threads() noexcept;
  void wait_for_readings() noexcept;
  void tell_if_all_gone() noexcept;  // needs the mutex
  std::string text_of(reason why) const;

  machine& world_;
  os_waits& waits_;
  trace* const log_;
  std::size_t const device_count_;
  std::unique_ptr<event_pool> host_events_;
  std::unique_ptr<stream> host_stream_;
  std::vector<std::unique_ptr<device_streams>> device_streams_;
  std::unique_ptr<object_store> store_;
  std::unique_ptr<executor> jobs_;
  std::unique_ptr<spill_job> spill_;

  std::atomic<std::uint64_t> ages_{1};
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> stalls_{0};

  mutable light_mutex mutex_;  // guards what follows
  task_record* first_ = nullptr;
  std::size_t live_ = 0;
  std::vector<blocker*> until_all_gone_;  // signalled when no record and no blocked thread is left
  std::list<blocked_thread*> blocked_;

  mutable std::mutex counters_mutex_;  // guards counters_; they stay until the end
  std::unordered_multimap<std::size_t, std::unique_ptr<task_counters>>
      counters_;                                                   // by hash of name
  std::array<std::atomic<task_counters*>, 64> recent_counters_{};  // asked first, without a lock
};

}  // namespace sluice::detail
