#include <sluice/cuda/detail/sim_driver.hpp>

#include <algorithm>
#include <cstring>

#include <sluice/cuda/detail/random.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice {

namespace detail {

namespace {

// CUDA's codes for the same mistakes.
constexpr int invalid_value = 1;
constexpr int invalid_handle = 400;
constexpr int illegal_address = 700;
constexpr int launch_failure = 719;
constexpr int not_permitted = 800;

device_info sim_info(sim_options const& options) {
  device_info info;
  info.kind = device_kind::sim;
  info.index = options.index;
  info.name = "simulated device " + std::to_string(options.index) + ", seed " +
              std::to_string(options.seed);
  if (options.order) info.name += ", order " + std::string(name_of(*options.order));
  info.memory_bytes = options.memory_bytes;
  return info;
}

constexpr std::size_t guarded_bytes_max = std::size_t{16} << 20;  // switching takes time by size

bool guards_memory(sim_options const& options, hazard_state const& hazards) {
  if (options.guard_memory) return *options.guard_memory;
  return hazards.checks() && options.memory_bytes <= guarded_bytes_max &&
         mixed(options.seed ^ 0x6775617264u) % 8 == 0;
}

constexpr std::size_t watched_bytes_max = std::size_t{1} << 20;

kernel_watch watch_of(sim_options const& options, hazard_state const& hazards) {
  if (!hazards.checks()) return kernel_watch::nothing;
  if (options.watch_kernels) return *options.watch_kernels;
  bool const chosen =
      options.memory_bytes <= watched_bytes_max && mixed(options.seed ^ 0x7761746368u) % 8 == 0;
  return chosen ? kernel_watch::writes : kernel_watch::nothing;
}

failure_ref failure_of(sim_operation const& operation) {
  std::string const call = operation.name();
  try {
    throw;
  } catch (std::exception const& thrown) {
    return std::make_shared<sim_failure>(call, launch_failure, thrown.what());
  } catch (...) {
    return std::make_shared<sim_failure>(call, launch_failure, "it threw no std::exception");
  }
}

}  // namespace

void throw_failure(record_ref const& record) {
  if (record->failure == nullptr) return;
  sim_failure const& met = *record->failure;
  if (met.kept == sim_failure::lasts::for_device) throw device_lost(met.call, met.code, met.text);
  throw device_error(met.call, met.code, met.text);
}

failure_ref outcome_of(sim_operation const& operation) {
  try {
    operation.run();
    return nullptr;
  } catch (...) {
    return failure_of(operation);
  }
}

sim_driver::sim_driver(sim_options const& options)
    : info_(sim_info(options)),
      skip_waits_(options.skip_waits),
      log_(options.log, "sim:" + std::to_string(options.index)),
      hazard_log_(options.hazards != nullptr ? options.hazards : std::make_shared<hazard_log>()),
      hazards_(hazard_access::of(*hazard_log_)),
      device_(hazards_.add_device(options.index, options.seed)),
      watch_(watch_of(options, hazards_)),
      schedule_(options.seed * 1000003 + static_cast<std::uint64_t>(options.index), options.order,
                starved_task_salt(options.seed)),
      faults_(options.faults, options.index),
      memory_(options.memory_bytes),
      guard_(hazards_, guards_memory(options, hazards_)) {}

sim_driver::~sim_driver() {
  locked lock(mutex_);
  drain(lock);
  hazards_.device_ends(device_);
  memory_.for_each([this](byte_range extent) { hazards_.remove_extent(device_, extent); });
  for (auto const& [handle, each] : streams_) hazards_.remove_stream(each.noted);
}

sim_driver::locked sim_driver::enter(std::string_view call) {
  locked lock(mutex_);
  for (auto const& [handle, each] : streams_)
    if (each.busy && each.runner == std::this_thread::get_id())
      throw device_error("a call to the device from inside a kernel", not_permitted,
                         "kernels compute; only tasks give work to a device");
  // Nothing of a lost device runs, so whoever is told that is behind all of it.
  if (faults_.lost() != nullptr) hazards_.host_learns_all(device_);
  faults_.refuse_if_lost(call);
  return lock;
}

address sim_driver::allocate(std::size_t bytes) {
  auto const lock = enter("allocation of device memory");
  faults_.refuse_memory(fault_site::allocate_device, bytes);
  auto const memory = address::of(memory_.allocate_device(bytes));
  hazards_.add_extent(device_, byte_range::of(memory, bytes), false);
  guard_.add(byte_range::of(memory, bytes));
  return memory;
}

void* sim_driver::allocate_pinned(std::size_t bytes) {
  auto const lock = enter("allocation of pinned memory");
  faults_.refuse_memory(fault_site::allocate_pinned, bytes);
  void* const memory = memory_.allocate_pinned(bytes);
  hazards_.add_extent(device_, byte_range::of(address::of(memory), bytes), true);
  return memory;
}

void sim_driver::free(address memory) noexcept {
  free_pinned(reinterpret_cast<void*>(memory.value()));
}

void sim_driver::free_pinned(void* memory) noexcept {
  locked lock(mutex_);
  drain(lock);
  if (any_hangs()) return;  // it may be used still
  hazards_.host_learns_all(device_);
  byte_range const extent = memory_.extent_at(memory);
  if (extent.begin != 0) hazards_.remove_extent(device_, extent);
  guard_.remove(extent);
  memory_.free(memory);
}

std::uint32_t sim_driver::noted(stream_handle stream) const noexcept {
  auto const found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.noted;
}

void sim_driver::note_host_access(address memory, std::size_t bytes, bool writes,
                                  std::string_view doing) noexcept {
  hazards_.host_access(device_, byte_range::of(memory, bytes), writes, doing);
}

void sim_driver::note_user(stream_handle stream, std::string_view user) noexcept {
  locked const lock(mutex_);
  hazards_.name_user(noted(stream), user);
  if (auto const found = streams_.find(stream); found != streams_.end())
    found->second.user = number_of_name(user);
}

stream_handle sim_driver::make_stream() {
  auto const lock = enter("a new stream");
  streams_[next_handle_].noted = hazards_.add_stream(device_, next_handle_);
  return next_handle_++;
}

void sim_driver::destroy_stream(stream_handle stream) noexcept {
  locked const lock(mutex_);
  auto const found = streams_.find(stream);
  if (found == streams_.end()) return;
  found->second.destroyed = true;
  hazards_.remove_stream(found->second.noted);
  if (found->second.queue.empty()) streams_.erase(found);
}

event_handle sim_driver::make_event() {
  auto const lock = enter("a new event");
  events_.try_emplace(next_handle_);
  return next_handle_++;
}

void sim_driver::destroy_event(event_handle event) noexcept {
  locked const lock(mutex_);
  events_.erase(event);
}

record_ref sim_driver::last_record(event_handle event) const {
  auto const found = events_.find(event);
  if (found == events_.end())
    throw device_error("a call with event " + std::to_string(event), invalid_handle,
                       "no such event: it was destroyed or belongs to another device");
  return found->second;
}

sim_stream& sim_driver::given(stream_handle stream) {
  auto const found = streams_.find(stream);
  if (found == streams_.end() || found->second.destroyed)
    throw device_error("a call with stream " + std::to_string(stream), invalid_handle,
                       "no such stream: it was destroyed or belongs to another device");
  return found->second;
}

void sim_driver::enqueue(sim_stream& stream, sim_operation operation) {
  operation.number = next_number_++;
  operation.enqueue_tick = log_.tick();
  stream.queue.push_back(std::move(operation));
}

void sim_driver::record(event_handle event, stream_handle stream) {
  auto const lock = enter("the record of an event");
  last_record(event);
  sim_stream& on = given(stream);
  faults_.refuse(fault_site::give_record, "the record of an event");
  sim_mark mark;
  mark.record = std::make_shared<sim_record>(stream);
  if (!hazards_.executes_record(on.noted, {device_, event}, mark.record->clock)) return;
  enqueue(on, sim_operation(mark));
  events_[event] = std::move(mark.record);
}

void sim_driver::wait(stream_handle stream, event_handle event, wait_reason reason) {
  auto const lock = enter("a stream's wait");
  sim_wait wait;
  wait.record = last_record(event);
  wait.reason = reason;
  sim_stream& on = given(stream);
  if (skip_waits_ == reason) return;
  auto const* const clock = wait.record != nullptr ? &wait.record->clock : nullptr;
  if (!hazards_.executes_wait(on.noted, {device_, event}, clock, reason)) return;
  enqueue(on, sim_operation(std::move(wait)));
}

void sim_driver::copy(stream_handle stream, address to, address from, std::size_t bytes,
                      copy_direction direction) {
  sim_copy copy;
  copy.to = byte_range::of(to, bytes);
  copy.from = byte_range::of(from, bytes);
  copy.direction = direction;
  auto const lock = enter("copy of " + std::to_string(bytes) + " bytes");
  sim_stream& on = given(stream);
  bool const good_to = direction == copy_direction::device_to_host || memory_.in_device(copy.to);
  bool const good_from =
      direction == copy_direction::host_to_device || memory_.in_device(copy.from);
  if (!good_to || !good_from)
    throw device_error("copy of " + std::to_string(bytes) + " bytes", invalid_value,
                       "the device's side is not in memory of the device");
  faults_.refuse(fault_site::give_copy, "copy of " + std::to_string(bytes) + " bytes");
  bool const pageable =
      direction == copy_direction::host_to_device && !hazards_.in_pinned(copy.from);
  hazards_.copy(on.noted, copy.to, copy.from, direction, pageable);
  if (pageable && schedule_.reads_pageable_at_call()) {
    auto const* const first = reinterpret_cast<std::byte const*>(copy.from.begin);
    copy.read_at_call.assign(first, first + bytes);
  }
  enqueue(on, sim_operation(std::move(copy)));
}

void sim_driver::launch(stream_handle stream, kernel_call const& call) {
  sim_kernel kernel(call);
  auto const lock = enter("launch of kernel '" + kernel.name + "'");
  sim_stream& on = given(stream);
  faults_.refuse(fault_site::give_kernel, "launch of kernel '" + kernel.name + "'");
  for (access const& each : call.accesses) {
    auto const range = byte_range::of(each.begin, each.bytes);
    if (each.bytes == 0 || memory_.in_device(range) || hazards_.in_pinned(range)) continue;
    kernel.refused = std::make_shared<sim_failure>("kernel '" + kernel.name + "'", illegal_address,
                                                   "a view is not in memory of the device");
  }
  std::uint64_t const noted_as = kernel.refused == nullptr ? hazards_.launch(on.noted, call) : 0;
  sim_operation operation(std::move(kernel));
  operation.noted = noted_as;
  enqueue(on, std::move(operation));
}

bool sim_driver::is_done(event_handle event) {
  auto lock = enter("a question about an event");
  record_ref const asked = last_record(event);
  if (asked == nullptr) {
    learn(event, asked);
    return true;
  }
  tell_if_broken(lock, asked);
  if (!asked->done) {
    std::size_t const budget = schedule_.poll_budget();
    for (std::size_t i = 0; i < budget && (!asked->done || schedule_.polls_for_all()); ++i) {
      auto const chosen = choose(asked.get());
      if (chosen == streams_.end()) break;
      run_front(lock, chosen);
    }
    if (!asked->done && ++asked->polls >= schedule_.poll_patience()) run_needed(lock, asked);
  }
  if (!asked->done) return false;
  learn(event, asked);
  throw_failure(asked);
  return true;
}

// What has hit a stream is told to who asks next, as CUDA tells it, not when the schedule likes.
void sim_driver::tell_if_broken(locked& lock, record_ref const& asked) {
  while (!asked->done) {
    auto const found = streams_.find(asked->stream);
    if (found == streams_.end() || found->second.failure == nullptr) return;
    if (found->second.busy || !found->second.can_run()) return;
    run_front(lock, found);
  }
}

void sim_driver::learn(event_handle event, record_ref const& done) {
  hazards_.host_learns({device_, event}, done != nullptr ? &done->clock : nullptr);
}

void sim_driver::run_needed(locked& lock, record_ref const& asked) {
  asked->polls = 0;
  std::size_t burst = schedule_.poll_burst();
  // Whoever counts questions, as the runtime's watch does, must not find a long queue endless.
  constexpr unsigned bursts_of_usual_size = 8;
  if (++asked->bursts > bursts_of_usual_size)
    burst <<= std::min(asked->bursts - bursts_of_usual_size, 32U);
  for (std::size_t i = 0; i < burst && !asked->done; ++i) {
    auto const next = needed(*asked);
    if (next == streams_.end()) return;
    run_front(lock, next);
  }
}

// The stream whose front operation the record waits for, unless that one runs already. A wait only
// ever refers to an earlier record, so the chain ends.
sim_driver::streams::iterator sim_driver::needed(sim_record const& asked) {
  if (one_runs_alone_) return streams_.end();
  sim_record const* record = &asked;
  for (;;) {
    auto const found = streams_.find(record->stream);
    if (found == streams_.end() || found->second.busy || found->second.hangs) return streams_.end();
    if (found->second.can_run()) return found;
    if (found->second.queue.empty()) return streams_.end();
    record = std::get<sim_wait>(found->second.queue.front().what).record.get();
  }
}

sim_driver::streams::iterator sim_driver::choose(sim_record const* asked) {
  auto const wanted = asked != nullptr ? needed(*asked) : streams_.end();
  if (one_runs_alone_) return streams_.end();
  std::optional<std::size_t> at;
  candidates_.clear();
  for (auto each = streams_.begin(); each != streams_.end(); ++each) {
    if (!each->second.can_run()) continue;
    if (each == wanted) at = candidates_.size();
    sim_schedule::candidate candidate;
    candidate.stream = each->first;
    candidate.number = each->second.queue.front().number;
    candidate.user = each->second.user;
    candidate.copies = std::holds_alternative<sim_copy>(each->second.queue.front().what);
    candidates_.push_back(candidate);
  }
  if (candidates_.empty()) return streams_.end();
  return streams_.find(candidates_[schedule_.pick(candidates_, at)].stream);
}

bool sim_driver::any_busy() const noexcept {
  for (auto const& [handle, each] : streams_)
    if (each.busy) return true;
  return false;
}

void sim_driver::run_front(locked& lock, streams::iterator chosen) {
  sim_stream& stream = chosen->second;
  sim_operation& operation = stream.queue.front();
  trace_record record;
  if (log_) record = operation.describe();
  record.begin_tick = log_.tick();
  record.begin_ns = log_.now_ns();

  auto const* const kernel = std::get_if<sim_kernel>(&operation.what);
  bool const has_bytes = kernel != nullptr || std::holds_alternative<sim_copy>(operation.what);
  stream.failure = failure_before(stream, operation);
  if (has_bytes && stream.failure == nullptr) {
    stream.hangs = faults_.hangs();
    if (stream.hangs) return hazards_.note_hang();
    stream.busy = true;
    stream.runner = std::this_thread::get_id();
    if (kernel != nullptr && watches_now())
      run_watched(lock, stream, operation);
    else
      run_beside(lock, stream, operation);
    stream.busy = false;
  }

  record.end_ns = log_.now_ns();
  log_.add(std::move(record), chosen->first);
  finish_front(chosen);
  if (faults_.lost() != nullptr) drop_all();
}

// At once, so that nothing is written any more when the host learns of the loss.
void sim_driver::drop_all() {
  for (auto each = streams_.begin(); each != streams_.end();) {
    auto const dropped = each++;
    dropped->second.failure = faults_.lost();
    std::size_t const left = dropped->second.busy ? 0 : dropped->second.queue.size();
    for (std::size_t i = 0; i < left; ++i) finish_front(dropped);
  }
}

failure_ref sim_driver::failure_before(sim_stream& stream, sim_operation const& operation) {
  if (faults_.lost() != nullptr) return faults_.lost();
  if (stream.failure != nullptr) return stream.failure;
  auto const* const kernel = std::get_if<sim_kernel>(&operation.what);
  if (kernel != nullptr && kernel->refused != nullptr) return kernel->refused;
  if (kernel != nullptr || std::holds_alternative<sim_copy>(operation.what))
    return faults_.hit(operation);
  return nullptr;
}

// Without the mutex, beside operations of other streams.
void sim_driver::run_beside(locked& lock, sim_stream& stream, sim_operation const& operation) {
  std::vector<byte_range> touched;
  if (guard_.wants_ranges()) touched = operation.ranges();
  guard_.open(touched);
  lock.unlock();
  failure_ref failure = outcome_of(operation);
  lock.lock();
  guard_.close(touched);
  stream.failure = std::move(failure);
}

void sim_driver::finish_front(streams::iterator finished) {
  sim_stream& stream = finished->second;
  sim_operation& operation = stream.queue.front();
  if (auto* const wait = std::get_if<sim_wait>(&operation.what)) {
    if (wait->reason != wait_reason::memory_reused && stream.failure == nullptr)
      stream.failure = wait->record->failure;
  } else if (auto* const mark = std::get_if<sim_mark>(&operation.what)) {
    mark->record->failure = stream.failure;
    mark->record->done = true;
  }
  for (auto const& poison : operation.poisons)
    if (--poison->guards == 0) overwrite(*poison);
  stream.queue.pop_front();
  stream.hangs = false;
  if (stream.destroyed && stream.queue.empty()) streams_.erase(finished);
  ran_.notify_all();
}

}  // namespace detail

std::unique_ptr<driver> open_sim(sim_options const& options) {
  return std::make_unique<detail::sim_driver>(options);
}

}  // namespace sluice
