// From a plan to a submitted task: which body, which arguments, which returns. Included by the
// files that define submit_task for one kind of values each.

#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <sim/bodies.hpp>
#include <sim/plain_bodies.hpp>

namespace sluice::test::sim {

// Runs the body that returns an R, with a sequence of E.
template <class R, class E>
struct started {
  static R run(context here, job* my, operand_set given) {
    return std::move(run_plain<R>(here, my, std::move(given)).front());
  }
};
template <class T, class E>
struct started<generator<T>, E> {
  static generator<T> run(context here, job* my, operand_set given) {
    return run_body<T, E>(here, my, std::move(given));
  }
};
template <class T, class E>
struct started<std::vector<T>, E> {
  static std::vector<T> run(context here, job* my, operand_set given) {
    return run_plain<T>(here, my, std::move(given));
  }
};

using loose = std::vector<any_ref>;

// The functions that are submitted: one for each list of parameters.
template <class R>
struct bodies {
  static R none(context here, job* my, loose inner) {
    return started<R, void>::run(here, my, operand_set(*my, std::move(inner)));
  }
  static R open(context here, job* my, loose inner, reading<std::uint8_t> a) {
    operand_set given(*my, std::move(inner));
    given.add(std::move(a));
    return started<R, void>::run(here, my, std::move(given));
  }
  static R open_both(context here, job* my, loose inner, reading<std::uint8_t> a,
                     reading<std::uint8_t> b) {
    operand_set given(*my, std::move(inner));
    given.add(std::move(a), std::move(b));
    return started<R, void>::run(here, my, std::move(given));
  }
  template <class E>
  static R holding(context here, job* my, loose inner, value<E> a) {
    operand_set given(*my, std::move(inner));
    given.add(std::move(a));
    return started<R, void>::run(here, my, std::move(given));
  }
  template <class E>
  static R taking(context here, job* my, loose inner, object_ref_generator<E> items) {
    operand_set given(*my, std::move(inner));
    given.add(std::move(items));
    return started<R, E>::run(here, my, std::move(given));
  }
  template <class E>
  static R taking_and_open(context here, job* my, loose inner, object_ref_generator<E> items,
                           reading<std::uint8_t> a) {
    operand_set given(*my, std::move(inner));
    given.add(std::move(items));
    given.add(std::move(a));
    return started<R, E>::run(here, my, std::move(given));
  }
};

template <class T>
void keep_all(returned& to, std::vector<object_ref<T>> refs) {
  for (object_ref<T>& each : refs) to.refs.emplace_back(std::move(each));
}

template <class T, class R, class... Ps, class... Given>
returned give(runtime& rt, job& my, R (*body)(context, Ps...), Given&&... given) {
  task_plan const& plan = *my.plan;
  auto const what = task(plan.runs_as(), body).on(place_of(plan.where));
  returned to;
  if constexpr (std::is_same_v<R, T>) {
    to.refs.emplace_back(rt.submit(what, std::forward<Given>(given)...));
  } else if constexpr (std::is_same_v<R, std::vector<T>>) {
    keep_all(to, rt.submit(what.num_returns(plan.count), std::forward<Given>(given)...));
  } else {
    window const ahead(plan.window_objects, plan.window_bytes);
    switch (plan.returns) {
      case mode::none:
        to.refs.emplace_back(
            rt.submit(what.template num_returns<0>(), std::forward<Given>(given)...));
        break;
      case mode::single:
        to.refs.emplace_back(
            rt.submit(what.template num_returns<1>(), std::forward<Given>(given)...));
        break;
      case mode::fixed:
        keep_all(to, rt.submit(what.num_returns(plan.count), std::forward<Given>(given)...));
        break;
      case mode::dynamic:
        to.outer = rt.submit(what.num_returns(dynamic), std::forward<Given>(given)...);
        break;
      case mode::stream:
        to.stream = rt.submit(what.ahead(ahead), std::forward<Given>(given)...);
    }
  }
  return to;
}

// A moved stream or a growing outer ref of elements E, perhaps with a value beside it.
template <class T, class R, class Sequence, class E>
returned give_sequence(runtime& rt, job& my, inputs_given& with, Sequence&& items) {
  loose inner = with.inner;
  if (with.values.empty())
    return give<T>(rt, my, &bodies<R>::template taking<E>, &my, std::move(inner),
                   std::forward<Sequence>(items));
  return give<T>(rt, my, &bodies<R>::template taking_and_open<E>, &my, std::move(inner),
                 std::forward<Sequence>(items), std::get<object_ref<chunk>>(with.values[0]));
}

template <class T, class R, class E>
bool try_sequence(runtime& rt, job& my, inputs_given& with, returned& to) {
  if (with.stream != nullptr) {
    auto* const handle = std::get_if<object_ref_generator<E>>(with.stream);
    if (handle == nullptr) return false;
    to = give_sequence<T, R, object_ref_generator<E>, E>(rt, my, with, std::move(*handle));
    return true;
  }
  auto const* const outer = std::get_if<object_ref<object_ref_generator<E>>>(with.growing);
  if (outer == nullptr) return false;
  object_ref<object_ref_generator<E>> const& growing = *outer;
  to = give_sequence<T, R, object_ref<object_ref_generator<E>> const&, E>(rt, my, with, growing);
  return true;
}

template <class T, class R>
returned give_inputs(runtime& rt, job& my, inputs_given& with) {
  returned to;
  if (with.stream != nullptr || with.growing != nullptr) {
    static_cast<void>(try_sequence<T, R, chunk>(rt, my, with, to) ||
                      try_sequence<T, R, batch>(rt, my, with, to) ||
                      try_sequence<T, R, std::uint64_t>(rt, my, with, to));
    return to;
  }
  loose inner = with.inner;
  if (with.values.empty()) return give<T>(rt, my, &bodies<R>::none, &my, std::move(inner));
  any_ref const& first = with.values[0];
  if (auto const* const both = std::get_if<object_ref<batch>>(&first))
    return give<T>(rt, my, &bodies<R>::template holding<batch>, &my, std::move(inner), *both);
  if (auto const* const one = std::get_if<object_ref<std::uint64_t>>(&first))
    return give<T>(rt, my, &bodies<R>::template holding<std::uint64_t>, &my, std::move(inner),
                   *one);
  auto const& a = std::get<object_ref<chunk>>(first);
  if (with.values.size() == 1) return give<T>(rt, my, &bodies<R>::open, &my, std::move(inner), a);
  return give<T>(rt, my, &bodies<R>::open_both, &my, std::move(inner), a,
                 std::get<object_ref<chunk>>(with.values[1]));
}

template <class T>
returned submit_task(runtime& rt, job& what, inputs_given given) {
  if (!what.plan->plain) return give_inputs<T, generator<T>>(rt, what, given);
  if (what.plan->returns == mode::single) return give_inputs<T, T>(rt, what, given);
  return give_inputs<T, std::vector<T>>(rt, what, given);
}

}  // namespace sluice::test::sim
