// A task record with its arguments and its body: the typed half of task_record.
//
//   Owner    the arguments and the frame live here until clear().
//   Threads  the record's runner.
//   Flow     run -> begin -> (body) -> put

#pragma once

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <utility>

#include <sluice/runtime/context.hpp>
#include <sluice/runtime/detail/arguments.hpp>
#include <sluice/runtime/detail/body.hpp>
#include <sluice/runtime/detail/parts.hpp>
#include <sluice/runtime/detail/returns.hpp>
#include <sluice/runtime/detail/task_record.hpp>
#include <sluice/runtime/detail/yielded_work.hpp>

namespace sluice::detail {

// Device steps that one body may have given and not seen the end of; the next one waits.
inline constexpr std::size_t in_flight_max = 8;

// The arguments, in place, since they hold waits that must not move.
template <class... Arguments>
class bound_arguments {
 public:
  template <class... Given>
  explicit bound_arguments(Given&&... given) : all_(std::in_place, std::forward<Given>(given)...) {
    std::apply([&](auto&... each) { by_index_ = {&each...}; }, *all_);
  }

  argument_base& at(std::size_t i) const noexcept { return *by_index_[i]; }
  template <class F>
  decltype(auto) apply(F&& call) {
    return std::apply(std::forward<F>(call), *all_);
  }
  void clear() noexcept { all_.reset(); }
  bool present() const noexcept { return all_.has_value(); }

 private:
  std::optional<std::tuple<Arguments...>> all_;
  std::array<argument_base*, sizeof...(Arguments)> by_index_{};
};

template <class Body, class... Arguments>
class bound_record : public task_record {
 public:
  template <class... Given>
  bound_record(scheduler& home, task_counters& counters, place where, Body body, Given&&... given)
      : task_record(home, counters, where, sizeof...(Arguments)),
        body_(body),
        arguments_(std::forward<Given>(given)...) {}

 protected:
  bool argument_is_settled(std::size_t i) const noexcept override {
    return arguments_.at(i).is_settled();
  }
  suspension* settle_argument(std::size_t i) override { return arguments_.at(i).settle(*this); }
  suspension* open_argument(std::size_t i) override { return arguments_.at(i).open(*this); }
  cell* argument_cell(std::size_t i) override {
    return arguments_.present() ? arguments_.at(i).referred() : nullptr;
  }
  void clear() noexcept override { arguments_.clear(); }

  decltype(auto) call() {
    return arguments_.apply([&](auto&... each) -> decltype(auto) {
      if constexpr (body_traits<Body>::takes_context)
        return body_(context(*this), each.take(*this)...);
      else
        return body_(each.take(*this)...);
    });
  }

 private:
  Body const body_;
  bound_arguments<Arguments...> arguments_;
};

// A generator task: one frame, resumed step by step.
template <class T, class Body, class... Arguments>
class generator_record final : public bound_record<Body, Arguments...> {
  using base = bound_record<Body, Arguments...>;

 public:
  using base::base;
  void set_returns(std::unique_ptr<returns<T>> to) { returns_ = std::move(to); }

 private:
  void begin() override {
    fault_plan* const faults = this->home().world().faults();
    if (faults != nullptr && faults->strikes(fault_site::allocate_frame)) throw std::bad_alloc();
    body_.emplace(this->call());
    this->mark_coroutine();
  }

  suspension* resume() override {
    if (finish_if_device_failed()) return nullptr;
    if (std::exchange(window_next_, false))
      if (suspension* const wait = window()) return wait;
    auto& promise = body_->frame().promise();
    promise.waiting = nullptr;
    body_->frame().resume();
    if (promise.error) std::rethrow_exception(promise.error);
    if (promise.yielded) return publish(promise);
    if (body_->frame().done()) this->set_done();
    return promise.waiting;
  }

  // Freezes the value: from here on its dependents may start. Then: may the body go on?
  // Who was cancelled in the middle of a step yields no more.
  suspension* publish(typename generator<T>::promise_type& promise) {
    if (this->interrupted()) {
      promise.yielded.reset();
      return nullptr;
    }
    std::size_t const bytes = freeze(this->home().store(), *promise.yielded);
    count_value(this->counters(), bytes);
    std::optional<yielded_work> work;
    if (!this->stream().runs_on_host())
      work.emplace(this->home().store(), std::as_const(*promise.yielded));
    after_put const then = returns_->put(std::move(*promise.yielded), bytes);
    promise.yielded.reset();
    if (then == after_put::stop) {
      this->set_done();
      return nullptr;
    }
    this->note_published(bytes);
    if (work) {
      work->ends_at(this->stream().record());
      in_flight_.push_back(std::move(*work));
    }
    if (in_flight_.size() > in_flight_max) {
      flight_wait_.emplace(this->home().jobs(), in_flight_.front().last());
      window_next_ = true;
      return &*flight_wait_;
    }
    return then == after_put::wait_for_window ? window() : nullptr;
  }

  suspension* window() {
    if (!this->ahead()) return nullptr;
    window_wait_.emplace(this->ahead());
    return &*window_wait_;
  }

  // C3: work that a device refused later belongs to this task: the values it hit carry the error,
  // the body stops, and the stream ends without an item for it. One that hit no value is an item: a
  // stream that only ended would look whole.
  bool finish_if_device_failed() {
    try {
      while (!in_flight_.empty() && in_flight_.front().is_done()) in_flight_.pop_front();
    } catch (...) {
      bool const carried = std::ranges::any_of(in_flight_, &yielded_work::has_hit_value);
      device_failure_ = this->placed(std::current_exception());
      failure_ends_ = carried ? ending::no_item : ending::item;
      this->set_done();
      return true;
    }
    return false;
  }

  void clear() noexcept override {
    window_wait_.reset();
    flight_wait_.reset();
    body_.reset();
    base::clear();
  }

  void settle_returns(std::exception_ptr&& error) noexcept override {
    if (device_failure_ && !error)
      returns_->finish(device_failure_, failure_ends_);
    else
      returns_->finish(std::move(error), ending::item);
    returns_.reset();
  }

  std::size_t index() const noexcept override { return returns_->count(); }

  std::unique_ptr<returns<T>> returns_;
  std::optional<generator<T>> body_;
  std::deque<yielded_work> in_flight_;
  std::optional<event_wait> flight_wait_;
  std::optional<window_wait> window_wait_;
  bool window_next_ = false;
  std::exception_ptr device_failure_;
  ending failure_ends_ = ending::item;
};

// A plain function: one step. `Results` keeps what it returned until the body has ended.
template <class Results, class Body, class... Arguments>
class function_record final : public bound_record<Body, Arguments...> {
  using base = bound_record<Body, Arguments...>;

 public:
  using base::base;
  void set_returns(Results to) { results_.emplace(std::move(to)); }

 private:
  void begin() override {
    if constexpr (std::is_void_v<typename body_traits<Body>::result>) {
      this->call();
      results_->keep(this->home().store(), this->counters());
    } else {
      results_->keep(this->home().store(), this->counters(), this->call());
    }
    this->set_done();
  }

  suspension* resume() override { return nullptr; }

  void settle_returns(std::exception_ptr&& error) noexcept override {
    results_->finish(std::move(error));
    results_.reset();
  }

  std::size_t index() const noexcept override { return 0; }

  std::optional<Results> results_;
};

}  // namespace sluice::detail
