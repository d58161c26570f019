#include <sluice/runtime/detail/device_streams.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/spill_job.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/error.hpp>
#include <sluice/store/error.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <tuple>
#include <utility>

namespace sluice::detail {

scheduler::scheduler(machine& world, unsigned workers, store_options memory)
    : world_(world),
      waits_(world.waits()),
      log_(world.log()),
      device_count_(world.device_count()),
      host_events_(std::make_unique<event_pool>(world.host())),
      host_stream_(std::make_unique<stream>(*host_events_)) {
  std::vector<driver*> devices;
  for (std::size_t i = 0; i < world.device_count(); ++i) {
    devices.push_back(&world.device(i));
    device_streams_.push_back(std::make_unique<device_streams>(world.device(i)));
  }
  store_ = std::make_unique<object_store>(std::move(memory), devices, world.files());
  jobs_ = std::make_unique<executor>(world, workers);
  spill_ = std::make_unique<spill_job>(*store_, *jobs_, waits_);
  store_->on_waiter([](void* who) noexcept { static_cast<spill_job*>(who)->ask(); }, spill_.get());
  jobs_->on_quiet([this] { return answer_stall(); });
}

scheduler::~scheduler() {
  shutdown();
}

scheduler::placement scheduler::choose_place(place wish, bool has_cpu_body,
                                             bool has_gpu_body) const {
  auto const missing_body = [](char const* where) {
    return misuse(std::string("the task has no body for ") + where + "; give it one with ." +
                  where + "(f), or ask for another place");
  };
  switch (wish.which()) {
    case place::kind::cpu:
      if (!has_cpu_body) throw missing_body("cpu");
      return {cpu, reason::asked_for};
    case place::kind::gpu:
      if (!has_gpu_body) throw missing_body("gpu");
      if (wish.device() < 0 || static_cast<std::size_t>(wish.device()) >= device_count_)
        throw device_unavailable(
            name_of(wish) + " was asked for and this machine has " + std::to_string(device_count_) +
            " device(s)" + (device_count_ == 0 ? ": " + world_.no_device_reason() : std::string()) +
            "; ask for place any or cpu");
      return {wish, reason::asked_for};
    case place::kind::any:
      break;
  }
  if (has_gpu_body && device_count_ > 0) return {gpu(0), reason::has_device};
  if (!has_cpu_body) throw missing_body("cpu");
  return {cpu, has_gpu_body ? reason::no_device : reason::no_gpu_body};
}

std::string scheduler::text_of(reason why) const {
  switch (why) {
    case reason::asked_for:
      return "asked for";
    case reason::has_device:
      return "there is a device";
    case reason::no_device:
      return "no device: " + world_.no_device_reason();
    case reason::no_gpu_body:
      break;
  }
  return "no body for gpu";
}

task_counters& scheduler::find_counters(std::string_view task, placement at,
                                        std::atomic<task_counters*>& recent) {
  auto const is_it = [&](task_counters const& known) {
    return known.where == at.where && known.name == task;
  };
  std::size_t const hash = std::hash<std::string_view>()(task);
  std::lock_guard const lock(counters_mutex_);
  auto [each, last] = counters_.equal_range(hash);
  while (each != last && !is_it(*each->second)) ++each;
  if (each == last)
    each = counters_.emplace(
        hash, std::make_unique<task_counters>(std::string(task), at.where, text_of(at.why)));
  recent.store(each->second.get(), std::memory_order_release);
  return *each->second;
}

// In the order of their names, so that a report does not depend on a hash.
std::vector<task_counters const*> scheduler::all_counters() const {
  std::vector<task_counters const*> all;
  {
    std::lock_guard const lock(counters_mutex_);
    all.reserve(counters_.size());
    for (auto const& [hash, entry] : counters_) all.push_back(entry.get());
  }
  std::ranges::sort(all, {}, [](task_counters const* each) {
    return std::tuple(std::string_view(each->name), each->where.which(), each->where.device());
  });
  return all;
}

void scheduler::refuse_closed() {
  throw misuse("this runtime was shut down; submit and get before that");
}

void scheduler::add(task_record& record) {
  bool late = false;
  {
    std::lock_guard const lock(mutex_);
    record.following = first_;
    if (first_ != nullptr) first_->previous = &record;
    first_ = &record;
    ++live_;
    late = closed_.load();
  }
  if (late) record.cancel();
}

void scheduler::remove(task_record& record) noexcept {
  std::lock_guard const lock(mutex_);
  (record.previous != nullptr ? record.previous->following : first_) = record.following;
  if (record.following != nullptr) record.following->previous = record.previous;
  --live_;
  tell_if_all_gone();
}

void scheduler::tell_if_all_gone() noexcept {
  if (live_ != 0 || !blocked_.empty()) return;
  for (blocker* const each : until_all_gone_) each->signal();
  until_all_gone_.clear();
}

stream_ref scheduler::lease_device_stream(place where, task_counters const& user) {
  stream_ref const leased = device_streams_[static_cast<std::size_t>(where.device())]->lease();
  if (leased.device().info().kind == device_kind::sim)
    leased.device().note_user(leased.handle(), user.words());
  return leased;
}

void scheduler::return_device_stream(place where, stream_ref stream) noexcept {
  device_streams_[static_cast<std::size_t>(where.device())]->give_back(stream);
}

// Readings that the program holds: their bytes are the store's. Who forgets one is told.
void scheduler::wait_for_readings() noexcept {
  constexpr std::chrono::seconds patience{10};
  blocker closed;
  store_->on_last_reading([](void* who) noexcept { static_cast<blocker*>(who)->signal(); },
                          &closed);
  while (std::size_t const open = store_->open_readings()) {
    if (!jobs_->wait(closed, waits_.now() + patience))
      std::fprintf(stderr,
                   "sluice: shutting down waits for %zu reading(s) that the program holds outside "
                   "of tasks; close them\n",
                   open);
  }
  store_->on_last_reading(nullptr, nullptr);
}

void scheduler::shutdown() noexcept {
  bool const first = !closed_.exchange(true);
  blocker all_gone;
  bool wait = false;
  {
    std::lock_guard const lock(mutex_);
    wait = live_ != 0 || !blocked_.empty();
    if (wait) until_all_gone_.push_back(&all_gone);
  }
  if (first) {
    for (auto const& record : live_records()) record->cancel();
    cancel_blocked_threads();
  }
  if (wait) jobs_->wait(all_gone);
  jobs_->drain();
  wait_for_readings();
  std::lock_guard const lock(mutex_);  // whoever was the last to go has let go of it, too
}

}  // namespace sluice::detail
