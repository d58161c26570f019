// Submit tasks, get values: the door of this library.
//
//   Units    bytes; std::chrono for time.
//   Owner    a runtime owns its threads, memory and files. Destroying it cancels what still runs
//            and waits for it; refs that are left are safe to drop.
//   Threads  any. A wait on a thread that runs a plain function lends its worker to others.
//   Streams  get and get_into wait until the bytes are there.
//   Errors   submit throws what can be judged at once (misuse, device_unavailable) and creates
//            nothing; everything later is in the refs. get throws it, every time.
//   Flow     submit -> returns -> waiting -> placement -> scheduler -> worker -> run
//
// Many runtimes may live in one process; there is no global state.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/runtime/context.hpp>
#include <sluice/runtime/detail/submit.hpp>
#include <sluice/runtime/detail/time_limit.hpp>
#include <sluice/runtime/error.hpp>
#include <sluice/runtime/machine.hpp>
#include <sluice/runtime/object_ref.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/runtime/task.hpp>
#include <sluice/store/error.hpp>

namespace sluice {

class runtime_options {
 public:
  runtime_options() {}

  unsigned workers = 0;                 // 0: one per core
  std::optional<store_options> memory;  // empty: from the machine's own sizes
  // A device whose oldest work has not come forward for so long counts as lost: who waits for it
  // gets device_timeout, and what its work may still write to, host memory too, is never used nor
  // given back again in this process. Work between two records is what has to fit: of a generator
  // what one step gives, of a function all. Half a second at least goes by, whatever is asked for.
  // Empty: a device may take for ever, as with CUDA. docs/decisions/012-a-device-that-hangs.md
  std::optional<std::chrono::nanoseconds> device_timeout;
};

// What one task name did at one place.
class task_figures {
 public:
  task_figures() {}

  std::string task;
  place where;
  std::string reason;  // why there
  std::uint64_t tasks = 0;
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds busy{0};  // host time inside the body's steps
};

class runtime {
 public:
  explicit runtime(runtime_options options = {});  // on machine::detect()
  runtime(machine world, runtime_options options);
  ~runtime();
  runtime(runtime const&) = delete;
  runtime& operator=(runtime const&) = delete;

  // What it gives depends on the task's returns: see task.hpp.
  template <class Body, class Mode, class... Given>
  [[nodiscard]] auto submit(task_of<Body, Mode> const& what, Given&&... given) {
    auto given_out = detail::submit(*home_, what, std::forward<Given>(given)...);
    home_->clock().pause();  // the task may have ended before its submitter goes on
    return given_out;
  }

  // Blocks until the value and its bytes are there. For a chunk: a reading of its bytes on the
  // host; for the ref of a dynamic task: a cursor of its own; for void: nothing.
  template <class T>
  auto get(object_ref<T> const& ref, std::optional<std::chrono::nanoseconds> timeout = {});
  // As get, with the bytes as elements of E.
  template <class E>
  reading<E> read(object_ref<chunk> const& ref,
                  std::optional<std::chrono::nanoseconds> timeout = {});
  template <class E>
  reading<E> read(chunk const& source, std::optional<std::chrono::nanoseconds> timeout = {}) {
    return reading<E>(open(source, limit_of(timeout)));
  }
  // The chunk's bytes, copied. misuse when the sizes differ.
  void get_into(object_ref<chunk> const& ref, std::span<std::byte> to,
                std::optional<std::chrono::nanoseconds> timeout = {});

  // An object of a value that is there already.
  template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, chunk>)
  object_ref<std::remove_cvref_t<T>> put(T&& value);
  // An object of its own memory with these elements' bytes, copied. Waits for memory.
  template <class E, std::size_t N>
  object_ref<chunk> put(std::span<E, N> elements) {
    static_assert(std::is_trivially_copyable_v<E>, "put() copies elements as bytes");
    return put_bytes(std::as_bytes(elements));
  }
  // Shares its parent's bytes. May be asked for before they are there.
  object_ref<chunk> slice(object_ref<chunk> const& ref, std::size_t offset, std::size_t bytes);

  // The values a dynamic body yielded before it failed, or so far.
  template <class T>
  std::vector<object_ref<T>> yielded(object_ref<object_ref_generator<T>> const& outer) const;

  // It yields no more; what it did not yield gets `cancelled`. Nothing happens when it has ended.
  template <class T>
  void cancel(object_ref<T> const& ref) noexcept;
  template <class T>
  void cancel(object_ref_generator<T> const& handle) noexcept;

  // As the destructor, at a moment of one's choice. Afterwards get and submit are misuse.
  void shutdown() noexcept;

  machine& world() noexcept;
  object_store& store() noexcept { return home_->store(); }
  std::vector<task_figures> figures() const;
  // How often nothing could move, so that a window gave way or a wait was ended with an error.
  std::uint64_t stalls() const noexcept;

 private:
  object_ref<chunk> put_bytes(std::span<std::byte const> bytes);
  detail::time_limit limit_of(std::optional<std::chrono::nanoseconds> timeout) const {
    return {world_->waits(), timeout};
  }
  void wait_settled(detail::counted<detail::cell> const& cell, detail::time_limit const& limit);
  detail::reading_base open(chunk const& source, detail::time_limit const& limit);

  std::unique_ptr<machine> world_;
  std::unique_ptr<detail::scheduler> home_;
};

template <class T>
auto runtime::get(object_ref<T> const& ref, std::optional<std::chrono::nanoseconds> timeout) {
  auto const limit = limit_of(timeout);
  wait_settled(detail::ref_access::cell(ref), limit);
  if constexpr (std::is_same_v<T, chunk>)
    return reading<std::byte>(open(*detail::take_value(*home_, ref), limit));
  else
    return detail::take_value(*home_, ref);
}

template <class E>
reading<E> runtime::read(object_ref<chunk> const& ref,
                         std::optional<std::chrono::nanoseconds> timeout) {
  auto const limit = limit_of(timeout);
  wait_settled(detail::ref_access::cell(ref), limit);
  return reading<E>(open(*detail::take_value(*home_, ref), limit));
}

template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, chunk>)
object_ref<std::remove_cvref_t<T>> runtime::put(T&& value) {
  using stored = std::remove_cvref_t<T>;
  static_assert(!std::ranges::view<stored> || !std::ranges::borrowed_range<stored>,
                "put() of a view would keep no elements; put a container, or a std::span, which is "
                "copied");
  home_->require_open();
  auto cell = detail::make_counted<detail::value_cell<stored>>();
  cell->set(std::forward<T>(value));
  return detail::ref_access::make<stored>(std::move(cell));
}

template <class T>
std::vector<object_ref<T>> runtime::yielded(
    object_ref<object_ref_generator<T>> const& outer) const {
  auto const& known = detail::ref_access::cell(outer);
  if (!known) throw misuse("yielded() of an empty ref; it was never given a task's return");
  std::vector<object_ref<T>> refs;
  auto const& values = known->values();
  detail::counted<detail::cell> cell;
  while (values->next(refs.size(), cell) == detail::sequence::step::item && !cell->error())
    refs.push_back(detail::ref_access::make<T>(
        detail::counted<detail::value_cell<T>>(static_cast<detail::value_cell<T>*>(cell.get()))));
  return refs;
}

template <class T>
void runtime::cancel(object_ref<T> const& ref) noexcept {
  auto const& cell = detail::ref_access::cell(ref);
  if (!cell) return;
  if (auto const producer = cell->producer()) producer->cancel();
}

template <class T>
void runtime::cancel(object_ref_generator<T> const& handle) noexcept {
  auto const& values = detail::generator_access::values(handle);
  if (!values) return;
  if (auto const producer = values->producer()) producer->cancel();
}

// A body submits as the program does.
template <class Body, class Mode, class... Given>
auto context::submit(task_of<Body, Mode> const& what, Given&&... given) const {
  return detail::submit(task_->home(), what, std::forward<Given>(given)...);
}

}  // namespace sluice
