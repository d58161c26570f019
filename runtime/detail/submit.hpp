// From a task and what is given to it, to a record on its way and the refs of its returns.
//
//   Errors   what can be judged from arguments and options is thrown here, and nothing is created.
//   Flow     runtime.submit -> placement -> task_record -> returns

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/runtime/detail/bound_record.hpp>
#include <sluice/runtime/detail/results.hpp>
#include <sluice/runtime/detail/scheduler.hpp>
#include <sluice/runtime/task.hpp>

namespace sluice::detail {

template <class Cell>
counted<Cell> make_cell(task_record& producer) {
  auto made = make_counted<Cell>();
  made->set_producer(counted<task_record>(&producer));
  return made;
}

template <class Cell>
std::vector<counted<Cell>> make_cells(std::size_t count, task_record& producer) {
  std::vector<counted<Cell>> cells;
  cells.reserve(count);
  for (std::size_t i = 0; i < count; ++i) cells.push_back(make_cell<Cell>(producer));
  return cells;
}

template <class T>
std::vector<object_ref<T>> refs_of(std::vector<counted<value_cell<T>>> const& cells) {
  std::vector<object_ref<T>> refs;
  refs.reserve(cells.size());
  for (auto const& cell : cells) refs.push_back(ref_access::make<T>(cell));
  return refs;
}

template <class T, std::size_t... I>
std::array<object_ref<T>, sizeof...(I)> as_array(std::vector<object_ref<T>> refs,
                                                 std::index_sequence<I...>) {
  return {std::move(refs[I])...};
}

// --- generators: `Record` has set_returns(unique_ptr<returns<T>>)

template <class T, class Record>
auto give_returns(scheduler&, Record& record, task_options const& options,
                  counted_returns const& mode) {
  auto cells = make_cells<value_cell<T>>(mode.count, record);
  auto refs = refs_of<T>(cells);
  record.set_returns(std::make_unique<fixed_returns<T>>(options.name, std::move(cells)));
  return refs;
}

template <class T, class Record, std::size_t N>
auto give_returns(scheduler& home, Record& record, task_options const& options, fixed_count<N>) {
  if constexpr (N == 0) {
    auto cell = make_cell<value_cell<void>>(record);
    record.set_returns(std::make_unique<no_returns<T>>(options.name, cell));
    return ref_access::make<void>(std::move(cell));
  } else {
    auto refs = give_returns<T>(home, record, options, counted_returns{N});
    if constexpr (N == 1)
      return std::move(refs.front());
    else
      return as_array<T>(std::move(refs), std::make_index_sequence<N>());
  }
}

template <class T, class Record>
auto give_returns(scheduler& home, Record& record, task_options const& options, streaming_t) {
  auto values = make_counted<sequence>(sequence::mode::streaming, options.ahead);
  values->set_producer(counted<task_record>(&record));
  record.set_ahead(values);
  auto handle = generator_access::make<T>(home, values);
  record.set_returns(std::make_unique<sequence_returns<T>>(std::move(values)));
  return handle;
}

template <class T, class Record>
auto give_returns(scheduler&, Record& record, task_options const& options, dynamic_t) {
  auto values = make_counted<sequence>(sequence::mode::dynamic, options.ahead);
  values->set_producer(counted<task_record>(&record));
  auto outer = make_counted<outer_cell>(values);
  outer->set_producer(counted<task_record>(&record));
  record.set_returns(std::make_unique<sequence_returns<T>>(std::move(values)));
  return ref_access::make<object_ref_generator<T>>(std::move(outer));
}

template <class T, class Record>
auto give_returns(scheduler& home, Record& record, task_options const& options, default_returns) {
  return give_returns<T>(home, record, options, streaming);
}

// --- plain functions: which `Results`, and the refs for them

template <class R>
struct elements_of_result {
  static constexpr bool many = false;
};
template <class T, class A>
struct elements_of_result<std::vector<T, A>> {
  static constexpr bool many = true;
  using type = T;
};
template <class T, std::size_t N>
struct elements_of_result<std::array<T, N>> {
  static constexpr bool many = true;
  using type = T;
};

template <class R>
inline constexpr std::size_t tuple_elements = 0;
template <class... Ts>
inline constexpr std::size_t tuple_elements<std::tuple<Ts...>> = sizeof...(Ts);

template <class R, class Mode>
struct plan_results;

template <class R>
struct plan_results<R, default_returns> {
  using results = one_result<R>;
  static auto make(task_record& record, task_options const&, default_returns const&) {
    auto cell = make_cell<value_cell<R>>(record);
    return std::pair(ref_access::make<R>(cell), results(cell));
  }
};
template <>
struct plan_results<void, default_returns> {
  using results = completion;
  static auto make(task_record& record, task_options const&, default_returns const&) {
    auto cell = make_cell<value_cell<void>>(record);
    return std::pair(ref_access::make<void>(cell), results(cell));
  }
};

template <class R>
struct plan_results<R, fixed_count<0>> {
  using results = completion;
  static auto make(task_record& record, task_options const& options, fixed_count<0>) {
    return plan_results<void, default_returns>::make(record, options, {});
  }
};
template <class R>
struct plan_results<R, fixed_count<1>> : plan_results<R, default_returns> {
  static auto make(task_record& record, task_options const& options, fixed_count<1>) {
    return plan_results<R, default_returns>::make(record, options, {});
  }
};

template <class R>
struct plan_results<R, counted_returns> {
  static_assert(elements_of_result<R>::many,
                "num_returns(n) of a plain function needs one that returns a vector or an array");
  using element = typename elements_of_result<R>::type;
  using results = many_results<element>;
  static auto make(task_record& record, task_options const& options, counted_returns const& mode) {
    auto cells = make_cells<value_cell<element>>(mode.count, record);
    auto refs = refs_of<element>(cells);
    return std::pair(std::move(refs), results(options.name, std::move(cells)));
  }
};

template <class R, std::size_t N>
  requires(N > 1 && elements_of_result<R>::many)
struct plan_results<R, fixed_count<N>> {
  using results = typename plan_results<R, counted_returns>::results;
  static auto make(task_record& record, task_options const& options, fixed_count<N>) {
    auto made = plan_results<R, counted_returns>::make(record, options, counted_returns{N});
    return std::pair(as_array(std::move(made.first), std::make_index_sequence<N>()),
                     std::move(made.second));
  }
};

template <std::size_t N, class... Ts>
  requires(N > 1)
struct plan_results<std::tuple<Ts...>, fixed_count<N>> {
  static_assert(sizeof...(Ts) == N, "the body returns a tuple of another size");
  using results = tuple_results<Ts...>;
  static auto make(task_record& record, task_options const&, fixed_count<N>) {
    std::tuple<counted<value_cell<Ts>>...> cells(make_cell<value_cell<Ts>>(record)...);
    auto refs = std::apply(
        [](auto const&... each) { return std::tuple(ref_access::make<Ts>(each)...); }, cells);
    return std::pair(std::move(refs), results(std::move(cells)));
  }
};

template <class Body, class Mode, class... Given, class... Ps>
auto submit_with(scheduler& home, task_of<Body, Mode> const& what, parameter_list<Ps...>,
                 Given&&... given) {
  static_assert(sizeof...(Ps) == sizeof...(Given), "the body takes another number of arguments");
  home.require_open();
  using result = typename body_traits<Body>::result;
  auto const placement =
      home.place_for(what.options().where, what.cpu_body() != nullptr, what.gpu_body() != nullptr);
  task_counters& counters = home.counters(what.options().name, placement);
  Body const body = placement.where.which() == place::kind::gpu ? what.gpu_body() : what.cpu_body();
  if constexpr (is_generator<result>) {
    using value_type = typename result::value_type;
    using record_type =
        generator_record<value_type, Body,
                         typename argument_for<Ps, std::remove_cvref_t<Given>>::type...>;
    auto record = make_counted<record_type>(home, counters, placement.where, body,
                                            std::forward<Given>(given)...);
    auto refs = give_returns<value_type>(home, *record, what.options(), what.mode());
    counters.submitted.fetch_add(1, std::memory_order_relaxed);
    record->start();
    return refs;
  } else {
    using plan = plan_results<result, Mode>;
    using record_type =
        function_record<typename plan::results, Body,
                        typename argument_for<Ps, std::remove_cvref_t<Given>>::type...>;
    auto record = make_counted<record_type>(home, counters, placement.where, body,
                                            std::forward<Given>(given)...);
    auto made = plan::make(*record, what.options(), what.mode());
    record->set_returns(std::move(made.second));
    counters.submitted.fetch_add(1, std::memory_order_relaxed);
    record->start();
    return std::move(made.first);
  }
}

template <class Body, class Mode, class... Given>
[[nodiscard]] auto submit(scheduler& home, task_of<Body, Mode> const& what, Given&&... given) {
  return submit_with(home, what, typename body_traits<Body>::parameters(),
                     std::forward<Given>(given)...);
}

}  // namespace sluice::detail
