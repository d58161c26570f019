// Where the result of a plain function goes: one ref, N refs, or completion only.
//
//   Owner    the task record; a result is kept until the body's frame and arguments are gone.
//   Errors   finish() settles every ref once: with its value, or with the error.

#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/parts.hpp>
#include <sluice/runtime/detail/returns.hpp>

namespace sluice::detail {

template <class T>
class one_result {
 public:
  explicit one_result(counted<value_cell<T>> cell) : cell_(std::move(cell)) {}

  void keep(object_store& store, task_counters& counters, T made) {
    count_value(counters, freeze(store, made));
    value_.emplace(std::move(made));
  }
  void finish(std::exception_ptr&& error) noexcept {
    if (error)
      cell_->set_error(std::move(error));
    else
      cell_->set(std::move(*value_));
  }

 private:
  counted<value_cell<T>> cell_;
  std::optional<T> value_;
};

// num_returns(0), and functions that return nothing: what they return is not kept.
class completion {
 public:
  explicit completion(counted<value_cell<void>> cell) : cell_(std::move(cell)) {}

  template <class... Ignored>
  void keep(object_store&, task_counters&, Ignored const&...) {}
  void finish(std::exception_ptr&& error) noexcept {
    if (error)
      cell_->set_error(std::move(error));
    else
      cell_->set();
  }

 private:
  counted<value_cell<void>> cell_;
};

// N values of one type from a vector or array; the count is only known when it is there.
template <class T>
class many_results {
 public:
  many_results(std::string task, std::vector<counted<value_cell<T>>> cells)
      : to_(std::make_unique<fixed_returns<T>>(std::move(task), std::move(cells))) {}

  template <class Range>
  void keep(object_store& store, task_counters& counters, Range made) {
    for (T& each : made) {
      std::size_t const bytes = freeze(store, each);
      count_value(counters, bytes);
      if (to_->put(std::move(each), bytes) == after_put::stop) break;
    }
  }
  void finish(std::exception_ptr&& error) noexcept { to_->finish(std::move(error), ending::item); }

 private:
  std::unique_ptr<fixed_returns<T>> to_;
};

// A tuple's elements, each in a ref of its own type.
template <class... Ts>
class tuple_results {
 public:
  explicit tuple_results(std::tuple<counted<value_cell<Ts>>...> cells) : cells_(std::move(cells)) {}

  void keep(object_store& store, task_counters& counters, std::tuple<Ts...> made) {
    std::apply([&](auto const&... each) { (count_value(counters, freeze(store, each)), ...); },
               made);
    values_.emplace(std::move(made));
  }
  void finish(std::exception_ptr&& error) noexcept {
    finish_each(error, std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t... I>
  void finish_each(std::exception_ptr const& error, std::index_sequence<I...>) noexcept {
    if (error)
      (std::get<I>(cells_)->set_error(error), ...);
    else
      (std::get<I>(cells_)->set(std::move(std::get<I>(*values_))), ...);
  }

  std::tuple<counted<value_cell<Ts>>...> cells_;
  std::optional<std::tuple<Ts...>> values_;
};

}  // namespace sluice::detail
