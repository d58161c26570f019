// The values of one generator task in yield order: what a stream handle and the cursors of a
// dynamic task walk over, and where a stream's window is counted.
//
//   Owner    counted: handle or cursors, the outer cell, the producer's returns. A streaming
//            sequence holds a value until it is taken; a dynamic one while anybody can name it.
//   Threads  any. One producer.
//   Errors   an error of the body is a value of its own in the sequence: a failed cell, then the
//            end.
//   Flow     returns -> sequence -> object_ref_generator
//
// The window (C14): a producer may go on while live objects and bytes are below it, or none is
// live; else it gets one object more when a consumer waits in next() and no live object of the
// stream is untaken or in use by a ready or running task.

#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/counted.hpp>
#include <sluice/runtime/detail/light_mutex.hpp>
#include <sluice/runtime/detail/waiter.hpp>
#include <sluice/runtime/window.hpp>

namespace sluice::detail {

// What the producer does after a value.
enum class after_put { go_on, wait_for_window, stop };

class sequence final : public origin {
 public:
  enum class mode { streaming, dynamic };
  enum class step { item, ended, pending };

  sequence(mode which, window ahead);
  ~sequence() override;

  // --- the producer
  void set_producer(counted<task_record> producer) noexcept;
  counted<task_record> producer() const noexcept;  // null once it has ended
  // Appends, or lets the value go when nobody can name it any more: a stream's body then stops.
  after_put publish(counted<cell> value, std::size_t bytes);
  void end() noexcept;  // the first call counts
  // False: it may go on at once.
  bool wait_for_window(waiter& one, wake_call call) noexcept;
  void leave_window(waiter& one) noexcept;
  // One object although the window is full: the window gives way before a deadlock is raised, but
  // not for ever. What no limit counts of an object is held against `uncounted_max_bytes`.
  // 0: a consumer waits for what comes. Else one more than the times it gave way; empty: no more.
  std::optional<std::size_t> reluctance(std::size_t uncounted_max_bytes) const noexcept;
  void let_one_through() noexcept;

  // --- consumers; `index` is a cursor's place and is not used by a stream
  step next(std::size_t index, counted<cell>& value) noexcept;
  bool wait_for_next(std::size_t index, waiter& one, wake_call call) noexcept;  // false: no need
  void leave_next(waiter& one) noexcept;
  void add_holder() noexcept;
  void drop_holder() noexcept;  // the last one of a stream stops the producer

  // --- the outer cell of a dynamic task, known but not owned: without refs to it, it goes
  void set_outer(cell* outer) noexcept;
  counted<cell> outer() noexcept;

  // --- origin
  void object_freed(std::size_t bytes) noexcept override;
  void use_begins() noexcept override;
  void use_ends() noexcept override;

 private:
  bool may_produce() const noexcept;
  bool has_news(std::size_t index) const noexcept;
  bool none_untaken() const noexcept { return taken_ == items_.size(); }
  counted<cell> take_front() noexcept;
  wake_call producer_if_it_may() noexcept;

  mode const mode_;
  window const window_;

  mutable light_mutex mutex_;
  std::vector<counted<cell>> items_;
  std::size_t taken_ = 0;  // of items_, by a stream; they are null
  bool ended_ = false;
  bool abandoned_ = false;  // no handle, no cursor, no outer ref: nobody can name the values
  bool let_through_ = false;
  std::size_t gave_way_ = 0;  // how often the window did, to nobody's next()
  std::size_t holders_ = 0;
  std::size_t live_objects_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t in_use_ = 0;
  waiter_list consumers_;
  waiter_list producers_;  // one at most
  counted<task_record> producer_;
  cell* outer_ = nullptr;
};

}  // namespace sluice::detail
