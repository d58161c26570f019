#include <sluice/runtime/detail/machine_access.hpp>
#include <sluice/runtime/runtime.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice {

namespace {

// Half of the machine for the host, a part of it pinned where there is a device to copy to; of a
// device what its driver leaves.
store_options memory_of(machine const& world) {
  store_options memory;
  std::size_t const half = world.memory_bytes() / 2;
  std::size_t const pinned_max = std::size_t{1} << 30;
  memory.pinned_bytes = world.device_count() == 0 ? 0 : std::min(half / 4, pinned_max);
  memory.host_bytes = half - memory.pinned_bytes;
  for (std::size_t i = 0; i < world.device_count(); ++i)
    memory.device_bytes.push_back(world.device(i).info().memory_bytes);
  return memory;
}

// Fills a slice's cell once its parent is settled.
class slice_target final : public detail::wake_target {
 public:
  slice_target(detail::counted<detail::value_cell<chunk>> parent,
               detail::counted<detail::value_cell<chunk>> part, std::size_t offset,
               std::size_t bytes)
      : parent_(std::move(parent)), part_(std::move(part)), offset_(offset), bytes_(bytes) {}

  void start() {
    if (!parent_->add_waiter(waiter_,
                             detail::wake_call(detail::counted<detail::wake_target>(this), 0)))
      fill();
  }
  void wake(std::uint64_t) noexcept override { fill(); }

 private:
  void fill() noexcept {
    if (parent_->error()) {
      part_->set_error(parent_->error());
      return;
    }
    try {
      part_->set(parent_->value().slice(offset_, bytes_));
    } catch (error& refused) {
      // No task failed; said now, since every reader gets this object and none may write to it.
      refused.set_place({}, {});
      part_->set_error(std::current_exception());
    } catch (...) {
      part_->set_error(std::current_exception());
    }
  }

  detail::counted<detail::value_cell<chunk>> const parent_;
  detail::counted<detail::value_cell<chunk>> const part_;
  std::size_t const offset_;
  std::size_t const bytes_;
  detail::waiter waiter_;
};

}  // namespace

runtime::runtime(runtime_options options) : runtime(machine::detect(), std::move(options)) {}

runtime::runtime(machine world, runtime_options options)
    : world_(std::make_unique<machine>(std::move(world))) {
  unsigned const workers = options.workers != 0 ? options.workers : world_->cores();
  store_options memory = options.memory ? std::move(*options.memory) : memory_of(*world_);
  memory.faults = world_->faults();
  if (options.device_timeout) {
    if (*options.device_timeout <= std::chrono::nanoseconds(0))
      throw misuse("a device_timeout of " + std::to_string(options.device_timeout->count()) +
                   " ns gives up every device; give a time, or leave it empty");
    detail::machine_access::watch_devices(*world_, *options.device_timeout);
  }
  home_ = std::make_unique<detail::scheduler>(*world_, workers, std::move(memory));
}

runtime::~runtime() {
  shutdown();
}

void runtime::shutdown() noexcept {
  home_->shutdown();
}

machine& runtime::world() noexcept {
  return *world_;
}

void runtime::wait_settled(detail::counted<detail::cell> const& cell,
                           detail::time_limit const& limit) {
  if (!cell) throw misuse("get() of an empty ref; it was never given a task's return");
  home_->require_open();
  if (cell->settled()) return;
  detail::refuse_inside_coroutine("get()");
  detail::cell_wait wait(cell);
  if (!home_->block_on(wait, limit.until())) throw timed_out(limit.timeout());
  wait.rethrow();
}

detail::reading_base runtime::open(chunk const& source, detail::time_limit const& limit) {
  home_->require_open();
  home_->jobs().enter();
  detail::read_wait wait(*home_, source, location(tier::host), home_->host_stream(),
                         home_->next_age());
  if (!home_->block_on(wait, limit.until())) throw timed_out(limit.timeout());
  return wait.take();
}

void runtime::get_into(object_ref<chunk> const& ref, std::span<std::byte> to,
                       std::optional<std::chrono::nanoseconds> timeout) {
  reading<std::byte> const bytes = read<std::byte>(ref, timeout);
  if (bytes.size() != to.size())
    throw misuse("get_into() of an object of " + std::to_string(bytes.size()) + " bytes into " +
                 std::to_string(to.size()) + "; give it a span of the object's size");
  std::ranges::copy(bytes.span(), to.begin());
}

object_ref<chunk> runtime::put_bytes(std::span<std::byte const> bytes) {
  home_->require_open();
  detail::refuse_inside_coroutine("put()");
  home_->jobs().enter();
  detail::memory_wait wait(home_->store(), detail::host_pools(*home_), bytes.size(),
                           home_->next_age());
  home_->block_on(wait);
  wait.rethrow();
  writer<std::byte> room(wait.request().take_writer(home_->host_stream()));
  std::ranges::copy(bytes, room.span().begin());
  auto cell = detail::make_counted<detail::value_cell<chunk>>();
  cell->set(std::move(room).seal());
  return detail::ref_access::make<chunk>(std::move(cell));
}

object_ref<chunk> runtime::slice(object_ref<chunk> const& ref, std::size_t offset,
                                 std::size_t bytes) {
  auto const& parent = detail::ref_access::cell(ref);
  if (!parent) throw misuse("slice() of an empty ref; it was never given a task's return");
  auto part = detail::make_counted<detail::value_cell<chunk>>();
  detail::make_counted<slice_target>(parent, part, offset, bytes)->start();
  return detail::ref_access::make<chunk>(std::move(part));
}

std::vector<task_figures> runtime::figures() const {
  std::vector<task_figures> all;
  for (detail::task_counters const* const each : home_->all_counters()) {
    task_figures& next = all.emplace_back();
    next.task = each->name;
    next.where = each->where;
    next.reason = each->reason;
    next.tasks = each->submitted.load();
    next.values = each->values.load();
    next.bytes = each->bytes.load();
    next.busy = std::chrono::nanoseconds(each->busy_ns.load());
  }
  return all;
}

std::uint64_t runtime::stalls() const noexcept {
  return home_->stalls();
}

}  // namespace sluice
