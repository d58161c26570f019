#include <sluice/runtime/detail/executor.hpp>
#include <sluice/runtime/detail/pools.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/suspension.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/error.hpp>
#include <sluice/store/error.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

namespace sluice::detail {

bool suspension::try_arm(wake_call call) noexcept {
  if (error_) return false;
  try {
    return arm(std::move(call));
  } catch (...) {
    error_ = std::current_exception();
    return false;
  }
}

void suspension::fail_stalled(stall_verdict const& why) noexcept {
  try {
    error_ = why.cause ? why.cause : stalled(why.graph);
  } catch (...) {
    error_ = std::current_exception();
  }
}

std::exception_ptr suspension::stalled(std::string const& graph) const {
  return std::make_exception_ptr(deadlock_detected(graph));
}

std::string_view name_of(wait_kind kind) noexcept {
  switch (kind) {
    case wait_kind::value:
      return "a value";
    case wait_kind::next:
      return "the next value of a stream";
    case wait_kind::window:
      return "room in its window";
    case wait_kind::memory:
      return "memory";
    case wait_kind::event:
      return "a device";
  }
  return "something";
}

namespace {

// The executor holds it until the event is done, whatever becomes of the waiter.
struct event_job final : job {
  explicit event_job(wake_call done) noexcept : job(&run_it), call(std::move(done)) {}

  static void run_it(job& self) noexcept {
    auto* const mine = static_cast<event_job*>(&self);
    wake_call const call = std::move(mine->call);
    delete mine;
    call();
  }

  wake_call call;
};

}  // namespace

bool event_wait::arm(wake_call call) {
  // A failed event is done, too: its error is met by whoever reads the bytes it stands for.
  bool done = false;
  try {
    done = event_.is_done();
  } catch (error const&) {
    done = true;
  }
  if (done) return false;
  jobs_.when_done(event_, *new event_job(std::move(call)));
  return true;
}

// What a memory request wakes: on the heap, since a wake may come while the waiter withdraws.
struct memory_wait::signal : counted_base {
  explicit signal(wake_call then) : call(std::move(then)) {}

  static void wake(void* who) noexcept {
    auto const self = counted<signal>::adopt(static_cast<signal*>(who));
    self->call();
  }

  wake_call const call;
};

memory_wait::memory_wait(object_store& store, std::span<location const> pools, std::size_t bytes,
                         std::uint64_t age)
    : suspension(wait_kind::memory),
      store_(store),
      pools_(pools.begin(), pools.end()),
      bytes_(bytes),
      age_(age) {
  request_.emplace(store_, pools_, bytes_, age_);
}

bool memory_wait::arm(wake_call call) {
  if (request_->granted()) return false;
  auto handed_over = make_counted<signal>(std::move(call));
  armed_ = handed_over.detach();
  if (!request_->start(&signal::wake, armed_)) return true;
  counted<signal>::adopt(std::exchange(armed_, nullptr));
  return false;
}

void memory_wait::disarm() noexcept {
  signal* const armed = std::exchange(armed_, nullptr);
  if (armed == nullptr) return;
  // Withdrawn, nobody will call; else it was granted, and the call gives the signal's count back.
  if (request_->withdraw()) {
    counted<signal>::adopt(armed);
    request_.emplace(store_, pools_, bytes_, age_);
  }
}

std::exception_ptr memory_wait::stalled(std::string const&) const {
  // Of pools that it may never have fitted into, none is to blame.
  auto const limit = [&](location each) { return store_.figures(each).limit_bytes; };
  location const roomiest = *std::ranges::max_element(pools_, {}, limit);
  pool_figures const now = store_.figures(roomiest);
  return std::make_exception_ptr(out_of_memory(roomiest, bytes_, now.limit_bytes, now.used_bytes));
}

read_wait::read_wait(scheduler& home, chunk source, location reach, stream_ref stream,
                     std::uint64_t age)
    : suspension(wait_kind::memory),
      home_(home),
      source_(std::move(source)),
      reach_(reach),
      stream_(stream),
      age_(age) {}

bool read_wait::arm(wake_call call) {
  for (;;) {
    if (event_) {
      if (event_->try_arm(call)) return true;
      event_.reset();
    }
    if (memory_) {
      if (memory_->try_arm(call)) return true;
      memory_->rethrow();
      staged_ = home_.store().stage(source_, memory_->request(), stream_);
      memory_.reset();
    }
    read_attempt attempt = home_.store().try_read(source_, reach_, stream_);
    if (auto* const opened = std::get_if<reading_base>(&attempt)) {
      result_ = std::move(*opened);
      return false;
    }
    if (auto const* const missing = std::get_if<needs_memory>(&attempt)) {
      staged_.is_done();  // throws what hit the copy: it would be made again and again
      memory_.emplace(home_.store(), missing->pools, home_.store().stage_bytes(source_), age_);
    } else
      event_.emplace(home_.jobs(), std::get<needs_event>(attempt).done);
  }
}

void read_wait::disarm() noexcept {
  if (memory_) memory_->disarm();
}

std::exception_ptr read_wait::stalled(std::string const& graph) const {
  return memory_ ? memory_->stalled(graph) : suspension::stalled(graph);
}

fetch_wait::fetch_wait(task_record& task, address from, std::size_t bytes)
    : suspension(wait_kind::memory),
      task_(task),
      from_(from),
      bytes_(bytes),
      memory_(task.home().store(), host_pools(task.home()), bytes, task.age()) {}

// The bytes are staged in the store's memory, not in the body's frame: a body that is cancelled may
// be gone before its copy has run.
bool fetch_wait::arm(wake_call call) {
  if (task_.stream().runs_on_host()) return false;
  if (!staging_) {
    if (memory_.try_arm(call)) return true;
    memory_.rethrow();
    staging_ = writer<std::byte>(memory_.request().take_writer(task_.stream()));
    task_.stream().copy(address::of(staging_.span().data()), from_, bytes_,
                        copy_direction::device_to_host);
    done_ = task_.stream().record();
    copied_.emplace(task_.home().jobs(), done_);
  }
  return copied_->try_arm(std::move(call));
}

std::exception_ptr fetch_wait::stalled(std::string const& graph) const {
  return memory_.stalled(graph);
}

void fetch_wait::take(std::span<std::byte> into) {
  rethrow();
  done_.is_done();  // throws what hit the work before it
  address const bytes = staging_ ? address::of(staging_.span().data()) : from_;
  if (staging_) task_.stream().device().note_host_access(bytes, bytes_, false, "fetches a value");
  std::memcpy(into.data(), reinterpret_cast<void const*>(bytes.value()), bytes_);
}

}  // namespace sluice::detail
