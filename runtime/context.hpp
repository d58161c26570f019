// What a body knows of where it runs, and how it asks for memory, bytes and values there.
//
//   Units    make() counts elements; sizes are bytes elsewhere.
//   Owner    borrows the running task: a context is valid inside its body, copies of it too.
//   Threads  used by the body only.
//   Streams  everything of one body is on one stream: its own on a GPU, the host's on a CPU. Work
//            is enqueued; nobody waits for it but fetch(), and readings on the host.
//   Errors   make: object_too_large at once; out_of_memory when nothing that could leave will. read
//            and get: what hit the value. In a plain function use now(): it never waits for memory.
//   Flow     (body) -> make -> seal -> put

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <sluice/cuda/launch.hpp>
#include <sluice/runtime/detail/await.hpp>
#include <sluice/runtime/detail/pools.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/detail/value_of.hpp>
#include <sluice/runtime/object_ref.hpp>
#include <sluice/runtime/object_ref_generator.hpp>
#include <sluice/runtime/place.hpp>
#include <sluice/store/chunk.hpp>
#include <sluice/store/reading.hpp>
#include <sluice/store/writer.hpp>

namespace sluice {

template <class Body, class Mode>
class task_of;
template <class T>
class making;
template <class T>
class opening;
template <class T>
class getting;
template <class T>
class fetching;

class context {
 public:
  explicit context(detail::task_record& task) noexcept : task_(&task) {}

  place where() const noexcept { return task_->where(); }
  bool on_host() const noexcept { return task_->stream().runs_on_host(); }
  // Somebody wants this task to end; a plain function may ask from time to time.
  bool stop_requested() const noexcept { return task_->interrupted(); }

  // Kernels are given `here`; those that ask for scratch memory are given here.with(scratch).
  operator launch() const noexcept { return launch(task_->stream()); }
  launch with(inout<std::byte> workspace) const noexcept {
    return launch(task_->stream(), workspace);
  }
  stream_ref stream() const noexcept { return task_->stream(); }

  // co_await: a writer<T> of `count` elements at this place.
  template <class T>
  [[nodiscard]] making<T> make(std::size_t count) const;
  // co_await: a reading<T> of a chunk's bytes at this place.
  template <class T>
  [[nodiscard]] opening<T> read(chunk source) const;
  // co_await: the value of a ref, as value<T>.
  template <class T>
  [[nodiscard]] getting<T> get(object_ref<T> ref) const;
  // co_await: one element that a kernel wrote, brought to the host: waits for the device.
  template <class T>
  [[nodiscard]] fetching<T> fetch(writer<T> const& from, std::size_t index = 0) const;

  // As runtime::submit; defined in runtime.hpp.
  template <class Body, class Mode, class... Given>
  [[nodiscard]] auto submit(task_of<Body, Mode> const& what, Given&&... given) const;

  // For the runtime's own awaitables.
  detail::task_record& task() const noexcept { return *task_; }

 private:
  detail::task_record* task_;
};

template <class T>
class making : public detail::awaitable<making<T>> {
 public:
  making(detail::task_record& task, std::size_t count)
      : task_(task),
        wait_(task.home().store(), detail::pools_at(task.home(), task.where()), count * sizeof(T),
              task.age()) {}

  // In a plain function: what room there is, or what spilling gives on the spot; else
  // out_of_memory.
  writer<T> now() {
    detail::refuse_inside_coroutine("now()");
    task_.home().take_now(wait_);
    return writer<T>(wait_.request().take_writer(task_.stream()));
  }

 private:
  friend class detail::awaiting<making<T>>;
  bool ready() const noexcept { return false; }
  detail::suspension* suspend() noexcept { return &wait_; }
  writer<T> take() {
    wait_.rethrow();
    return writer<T>(wait_.request().take_writer(task_.stream()));
  }

  detail::task_record& task_;
  detail::memory_wait wait_;
};

template <class T>
class opening : public detail::awaitable<opening<T>> {
 public:
  opening(detail::task_record& task, chunk source)
      : home_(task.home()),
        wait_(task.home(), std::move(source), detail::reach_of(task.where()), task.stream(),
              task.age()) {}

  // In a plain function: blocks, with another thread in its place.
  reading<T> now() {
    detail::refuse_inside_coroutine("now()");
    home_.block_on(wait_);
    return take();
  }

 private:
  friend class detail::awaiting<opening<T>>;
  bool ready() const noexcept { return false; }
  detail::suspension* suspend() noexcept { return &wait_; }
  reading<T> take() { return reading<T>(wait_.take()); }

  detail::scheduler& home_;
  detail::read_wait wait_;
};

template <class T>
class getting : public detail::awaitable<getting<T>> {
 public:
  getting(detail::task_record& task, object_ref<T> ref)
      : home_(task.home()), ref_(std::move(ref)) {}

  auto now() {
    detail::refuse_inside_coroutine("now()");
    if (!ready()) home_.block_on(*suspend());
    return take();
  }

 private:
  friend class detail::awaiting<getting<T>>;
  bool ready() const noexcept { return ref_.settled(); }
  detail::suspension* suspend() { return &wait_.emplace(detail::ref_access::cell(ref_)); }
  auto take() {
    if (wait_) wait_->rethrow();
    return detail::take_value(home_, ref_);
  }

  detail::scheduler& home_;
  object_ref<T> ref_;
  std::optional<detail::cell_wait> wait_;  // unless the value is there
};

template <class T>
class fetching : public detail::awaitable<fetching<T>> {
 public:
  fetching(detail::task_record& task, writer<T> const& from, std::size_t index)
      : wait_(task, address::of(raw_view::data(from.view()) + index), sizeof(T)) {
    require(index < from.size(), "fetch() inside its writer");
  }

 private:
  friend class detail::awaiting<fetching<T>>;
  bool ready() const noexcept { return false; }
  detail::suspension* suspend() noexcept { return &wait_; }
  T take() {
    T value;
    wait_.take(std::as_writable_bytes(std::span<T, 1>(&value, 1)));
    return value;
  }

  detail::fetch_wait wait_;
};

template <class T>
making<T> context::make(std::size_t count) const {
  return making<T>(*task_, count);
}
template <class T>
opening<T> context::read(chunk source) const {
  return opening<T>(*task_, std::move(source));
}
template <class T>
getting<T> context::get(object_ref<T> ref) const {
  if (!ref) throw misuse("get() of an empty ref; it was never given a task's return");
  return getting<T>(*task_, std::move(ref));
}
template <class T>
fetching<T> context::fetch(writer<T> const& from, std::size_t index) const {
  return fetching<T>(*task_, from, index);
}

}  // namespace sluice
