// What a body or a thread waits for, as one shape for all of them.
//
//   Owner    lives in the waiting body's frame or on the waiting thread's stack.
//   Threads  arm() and disarm() by the waiter only; the wake may come from any thread.
//   Errors   what arm() throws is kept and thrown to the waiter by rethrow().
//
// arm() answers "is there still something to wait for": false means go on, true that the call will
// be made. Wakes may be spurious: after each, the waiter disarms and arms again.

#pragma once

#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/cuda/stream.hpp>
#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/sequence.hpp>
#include <sluice/runtime/detail/waiter.hpp>
#include <sluice/store/object_store.hpp>

namespace sluice::detail {

class executor;
class scheduler;
class task_record;

enum class wait_kind { value, next, window, memory, event };
std::string_view name_of(wait_kind kind) noexcept;

// Why a wait was ended when nothing could move: what the spiller met, if it met an error, and who
// waits for what, in words.
struct stall_verdict {
  std::exception_ptr cause;
  std::string graph;
};

class suspension {
 public:
  explicit suspension(wait_kind kind) noexcept : kind_(kind) {}
  suspension(suspension const&) = delete;
  suspension& operator=(suspension const&) = delete;
  virtual ~suspension() = default;

  wait_kind kind() const noexcept { return kind_; }

  // As arm(), with errors kept: then there is nothing more to wait for.
  bool try_arm(wake_call call) noexcept;
  virtual void disarm() noexcept = 0;

  // Ends the wait with an error. Called by the waiter between disarm and arm.
  void fail(std::exception_ptr error) noexcept { error_ = std::move(error); }
  void fail_stalled(stall_verdict const& why) noexcept;
  // Need not hold any longer. Only a window's wait gives way.
  virtual void give_way() noexcept {}
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 protected:
  virtual bool arm(wake_call call) = 0;
  virtual std::exception_ptr stalled(std::string const& graph) const;

 private:
  wait_kind const kind_;
  std::exception_ptr error_;
};

// Until a cell is settled.
class cell_wait final : public suspension {
 public:
  explicit cell_wait(counted<cell> of) : suspension(wait_kind::value), cell_(std::move(of)) {}
  ~cell_wait() override { disarm(); }

  cell& of() const noexcept { return *cell_; }
  void disarm() noexcept override {
    if (std::exchange(armed_, false)) cell_->remove_waiter(waiter_);
  }

 private:
  bool arm(wake_call call) override { return armed_ = cell_->add_waiter(waiter_, std::move(call)); }

  counted<cell> const cell_;
  waiter waiter_;
  bool armed_ = false;
};

// Until a sequence has an item at an index, or has ended.
class next_wait final : public suspension {
 public:
  next_wait(counted<sequence> of, std::size_t index)
      : suspension(wait_kind::next), sequence_(std::move(of)), index_(index) {}
  ~next_wait() override { disarm(); }

  void disarm() noexcept override {
    if (std::exchange(armed_, false)) sequence_->leave_next(waiter_);
  }

 private:
  bool arm(wake_call call) override {
    return armed_ = sequence_->wait_for_next(index_, waiter_, std::move(call));
  }

  counted<sequence> const sequence_;
  std::size_t const index_;
  waiter waiter_;
  bool armed_ = false;
};

// Until a stream's window has room.
class window_wait final : public suspension {
 public:
  explicit window_wait(counted<sequence> of)
      : suspension(wait_kind::window), sequence_(std::move(of)) {}
  ~window_wait() override { disarm(); }

  void disarm() noexcept override {
    if (std::exchange(armed_, false)) sequence_->leave_window(waiter_);
  }
  void give_way() noexcept override { sequence_->let_one_through(); }

 private:
  bool arm(wake_call call) override {
    return armed_ = sequence_->wait_for_window(waiter_, std::move(call));
  }

  counted<sequence> const sequence_;
  waiter waiter_;
  bool armed_ = false;
};

// Until a device has done what an event marks. What hit that work is met by whoever uses its bytes.
class event_wait final : public suspension {
 public:
  event_wait(executor& jobs, event done)
      : suspension(wait_kind::event), jobs_(jobs), event_(std::move(done)) {}

  void disarm() noexcept override {}  // a late wake is ignored by its token

 private:
  bool arm(wake_call call) override;

  executor& jobs_;
  event const event_;
};

// Until memory is granted.
class memory_wait final : public suspension {
 public:
  memory_wait(object_store& store, std::span<location const> pools, std::size_t bytes,
              std::uint64_t age);
  ~memory_wait() override { disarm(); }

  memory_request& request() noexcept { return *request_; }
  void disarm() noexcept override;
  std::exception_ptr stalled(std::string const& graph) const override;

 private:
  struct signal;
  bool arm(wake_call call) override;

  object_store& store_;
  std::vector<location> const pools_;
  std::size_t const bytes_;
  std::uint64_t const age_;
  std::optional<memory_request> request_;
  signal* armed_ = nullptr;
};

// Until a chunk can be read on a stream: stages it, waiting for memory and copies as needed.
class read_wait final : public suspension {
 public:
  read_wait(scheduler& home, chunk source, location reach, stream_ref stream, std::uint64_t age);

  reading_base take() {
    rethrow();
    return std::move(result_);
  }
  void disarm() noexcept override;

 private:
  bool arm(wake_call call) override;
  std::exception_ptr stalled(std::string const& graph) const override;

  scheduler& home_;
  chunk const source_;
  location const reach_;
  stream_ref const stream_;
  std::uint64_t const age_;
  std::optional<memory_wait> memory_;
  event staged_;
  std::optional<event_wait> event_;
  reading_base result_;
};

// Until a few bytes that a device wrote are on the host: memory for them, a copy, its event.
class fetch_wait final : public suspension {
 public:
  fetch_wait(task_record& task, address from, std::size_t bytes);

  void take(std::span<std::byte> into);
  void disarm() noexcept override { memory_.disarm(); }

 private:
  bool arm(wake_call call) override;
  std::exception_ptr stalled(std::string const& graph) const override;

  task_record& task_;
  address const from_;
  std::size_t const bytes_;
  memory_wait memory_;
  writer<std::byte> staging_;
  std::optional<event_wait> copied_;
  event done_;
};

}  // namespace sluice::detail
