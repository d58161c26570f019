// The simulated device: the host versions of all operations, run as late and in as odd an order as
// CUDA's rules allow. It has no thread of its own: who asks whether an event is done runs some.
//
//   Units    bytes.
//   Owner    as the seam says. Freeing memory waits for the whole device, as CUDA's does.
//   Threads  any; operations run outside the mutex, those of different streams side by side. With
//            one calling thread the same calls and seed give the same order.
//   Streams  nothing runs when it is enqueued. A wait refers to the event's last record at the
//            call; an event that was never recorded orders nothing; streams and events destroyed
//            early do not take their work along.
//   Errors   what a kernel's body throws is kept by its stream: work behind it does not run, and
//            every later event of the stream carries it, as device_error. A wait passes it on to
//            its stream, unless the wait is only about memory that is used again. A fault
//            plan adds what sim_faults.hpp says; the memory of a lost device stays until it is
//            freed. A call that only an operation that hangs could end throws device_timeout at
//            once, or answers false; memory stays as long as the device when one hangs.
//
// Poison. A range that changes hands is overwritten with garbage: at once when no operation in any
// stream touches it, else when the last of those given so far has run. A correct program never sees
// it. What its former owner's operations read is still there, since they come first; what its next
// owner writes comes after, since that owner waits for them. Without that wait the garbage falls
// into the new owner's data, and a read of what nobody wrote finds garbage in any case.

#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include <sluice/cuda/detail/hazard_state.hpp>
#include <sluice/cuda/detail/memory_guard.hpp>
#include <sluice/cuda/detail/sim_faults.hpp>
#include <sluice/cuda/detail/sim_memory.hpp>
#include <sluice/cuda/detail/sim_queue.hpp>
#include <sluice/cuda/detail/sim_schedule.hpp>
#include <sluice/cuda/detail/trace_writer.hpp>
#include <sluice/cuda/device.hpp>
#include <sluice/cuda/driver.hpp>

namespace sluice::detail {

// What the operation does; null when it went well.
failure_ref outcome_of(sim_operation const& operation);
// What hit the work before the record, if anything did.
void throw_failure(record_ref const& record);

class sim_driver final : public driver {
 public:
  explicit sim_driver(sim_options const& options);
  ~sim_driver() override;

  device_info const& info() const noexcept override { return info_; }

  address allocate(std::size_t bytes) override;
  void free(address memory) noexcept override;
  void* allocate_pinned(std::size_t bytes) override;
  void free_pinned(void* memory) noexcept override;
  void note_allocated(allocation_note const& note) noexcept override;
  void note_freed(address memory, std::size_t bytes) noexcept override;
  void note_host_access(address memory, std::size_t bytes, bool writes,
                        std::string_view doing) noexcept override;
  void note_user(stream_handle stream, std::string_view user) noexcept override;

  stream_handle make_stream() override;
  void destroy_stream(stream_handle stream) noexcept override;
  event_handle make_event() override;
  void destroy_event(event_handle event) noexcept override;

  void record(event_handle event, stream_handle stream) override;
  void wait(stream_handle stream, event_handle event, wait_reason reason) override;
  bool is_done(event_handle event) override;
  void sync(event_handle event) override;
  void sync_stream(stream_handle stream) override;
  bool await(event_handle event) override;
  bool await_stream(stream_handle stream) override;
  bool await_all() override;

  void copy(stream_handle stream, address to, address from, std::size_t bytes,
            copy_direction direction) override;
  void launch(stream_handle stream, kernel_call const& call) override;

 private:
  using locked = std::unique_lock<std::mutex>;
  using streams = std::map<stream_handle, sim_stream>;

  // With mutex_ held; what takes `lock` lets go of it while an operation runs.
  // Refuses calls from inside an operation, and all of them once the device is lost.
  locked enter(std::string_view call);
  sim_stream& given(stream_handle stream);
  void enqueue(sim_stream& stream, sim_operation operation);
  record_ref last_record(event_handle event) const;
  void learn(event_handle event, record_ref const& done);
  streams::iterator choose(sim_record const* asked);
  streams::iterator needed(sim_record const& asked);
  void tell_if_broken(locked& lock, record_ref const& asked);
  void run_needed(locked& lock, record_ref const& asked);
  // False when only what hangs could end it.
  bool run_until(locked& lock, record_ref const& asked);
  bool hangs(stream_handle stream) const;
  bool any_hangs() const noexcept;
  [[noreturn]] void give_up(std::string_view call) const;
  bool any_busy() const noexcept;
  void run_front(locked& lock, streams::iterator stream);
  void finish_front(streams::iterator stream);
  void drop_all();  // of a lost device
  failure_ref failure_before(sim_stream& stream, sim_operation const& operation);
  void drain(locked& lock);
  bool change_hands(byte_range range, unsigned char pattern,
                    std::vector<guarded_bytes> expected) noexcept;
  void overwrite(sim_poison const& poison) noexcept;
  void leave_as_it_is(byte_range range);
  void expect(guarded_bytes const& guarded);
  void run_beside(locked& lock, sim_stream& stream, sim_operation const& operation);
  bool watches_now() const noexcept;
  void run_watched(locked& lock, sim_stream& stream, sim_operation const& operation);
  void report_undeclared(sim_stream const& stream, sim_operation const& operation,
                         byte_range touched, bool writes);
  std::uint32_t noted(stream_handle stream) const noexcept;

  // Fixed.
  device_info const info_;
  std::optional<wait_reason> const skip_waits_;
  trace_writer const log_;
  std::shared_ptr<hazard_log> const hazard_log_;
  hazard_state& hazards_;  // has a mutex of its own, taken last
  std::uint32_t const device_;
  kernel_watch const watch_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable ran_;
  sim_schedule schedule_;
  sim_faults faults_;
  sim_memory memory_;
  memory_guard guard_;
  streams streams_;
  std::unordered_map<event_handle, record_ref> events_;
  std::map<std::uintptr_t, guarded_bytes> red_zones_;  // behind the ends of chunks, by their begin
  std::vector<byte_range> left_;  // changed hands, and were not overwritten: others may use them
  bool one_runs_alone_ = false;   // and no other operation begins
  std::vector<sim_schedule::candidate> candidates_;
  std::uint64_t next_handle_ = 1;
  std::uint64_t next_number_ = 1;
};

}  // namespace sluice::detail
