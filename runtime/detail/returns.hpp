// Where the values of a task go: the three ways of returning, behind one face.
//
//   Owner    the task record, until it has settled them.
//   Threads  the record's runner.
//   Errors   finish() gives what was not yielded the error, each value once.
//   Flow     put -> cell, sequence
//
// C4: a wrong count is always met. A surplus yield stops the body; therefore the last value of a
// fixed count is kept back until the body has ended, and whatever ends it badly takes its place.

#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/outer_cell.hpp>
#include <sluice/runtime/detail/sequence.hpp>
#include <sluice/runtime/detail/suspension.hpp>
#include <sluice/runtime/error.hpp>

namespace sluice::detail {

// How a body ended badly, for streams: an error is an item, an asynchronous one adds none (C3).
enum class ending { item, no_item };

template <class T>
class returns {
 public:
  returns() = default;
  returns(returns const&) = delete;
  returns& operator=(returns const&) = delete;
  virtual ~returns() = default;

  virtual after_put put(T&& made, std::size_t bytes) = 0;
  virtual void finish(std::exception_ptr error, ending how) noexcept = 0;
  std::size_t count() const noexcept { return count_; }

 protected:
  std::size_t count_ = 0;  // values put so far
};

// N refs at once. `task` names the task in a wrong count.
template <class T>
class fixed_returns final : public returns<T> {
 public:
  fixed_returns(std::string task, std::vector<counted<value_cell<T>>> cells)
      : task_(std::move(task)), expected_(cells.size()), cells_(std::move(cells)) {}

  after_put put(T&& made, std::size_t) override {
    std::size_t const index = this->count_++;
    if (index >= expected_) return after_put::stop;
    if (index + 1 == expected_)
      last_.emplace(std::move(made));
    else
      std::exchange(cells_[index], nullptr)->set(std::move(made));
    return after_put::go_on;
  }

  void finish(std::exception_ptr error, ending) noexcept override {
    if (!error && this->count_ != expected_)
      error = std::make_exception_ptr(wrong_return_count(task_, expected_, this->count_));
    if (!error && expected_ != 0) cells_.back()->set(std::move(*last_));
    last_.reset();
    for (auto& cell : cells_)
      if (cell && error) cell->set_error(error);
    cells_.clear();
  }

 private:
  std::string const task_;
  std::size_t const expected_;
  std::vector<counted<value_cell<T>>> cells_;
  std::optional<T> last_;
};

// No values: completion only. Any yield is one too many.
template <class T>
class no_returns final : public returns<T> {
 public:
  no_returns(std::string task, counted<value_cell<void>> done)
      : task_(std::move(task)), done_(std::move(done)) {}

  after_put put(T&&, std::size_t) override {
    ++this->count_;
    return after_put::stop;
  }

  void finish(std::exception_ptr error, ending) noexcept override {
    if (!error && this->count_ != 0)
      error = std::make_exception_ptr(wrong_return_count(task_, 0, this->count_));
    if (error)
      done_->set_error(std::move(error));
    else
      done_->set();
    done_ = nullptr;
  }

 private:
  std::string const task_;
  counted<value_cell<void>> done_;
};

// Streaming and dynamic: a sequence, and for dynamic the outer cell that is settled at the end.
template <class T>
class sequence_returns final : public returns<T> {
 public:
  explicit sequence_returns(counted<sequence> values) : values_(std::move(values)) {}

  after_put put(T&& made, std::size_t bytes) override {
    ++this->count_;
    auto cell = make_counted<value_cell<T>>(cell::has_value(), std::move(made));
    // Nobody can name the values: a dynamic body still runs to its end, a stream's stops.
    return values_->publish(counted<detail::cell>(std::move(cell)), bytes);
  }

  void finish(std::exception_ptr error, ending how) noexcept override {
    if (error && how == ending::item) {
      auto cell = make_counted<value_cell<T>>();
      cell->set_error(error);
      values_->publish(counted<detail::cell>(std::move(cell)), 0);
    }
    values_->end();
    auto const outer = values_->outer();
    if (outer && error)
      outer->set_error(std::move(error));
    else if (outer)
      static_cast<outer_cell&>(*outer).set();
  }

 private:
  counted<sequence> const values_;
};

}  // namespace sluice::detail
