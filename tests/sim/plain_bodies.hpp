// The body of every plain task: makes all its values and returns them.
//
//   Errors   told_to_fail where the plan says so; what an input has is not caught; out_of_memory.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <sim/bodies.hpp>

namespace sluice::test::sim {

// What a plain body computes with at one moment.
class plain_hand {
 public:
  plain_hand(context here, job& my, operand_set given)
      : here_(here), my_(my), given_(std::move(given)) {}

  // False at the sequence's end.
  bool take() {
    item_ = taken_item();
    if (auto* const chunks = given_.sequence_of<chunk>()) return take_from(*chunks);
    if (auto* const batches = given_.sequence_of<batch>()) return take_from(*batches);
    if (auto* const numbers = given_.sequence_of<std::uint64_t>()) return take_from(*numbers);
    return false;
  }

  piece find(int number, std::size_t turn) const {
    any_ref const* const inner = given_.inner(number);
    if (inner->index() == 0) return given_.at_hand(number, item_, turn);
    if (auto const* const one = std::get_if<object_ref<chunk>>(inner))
      return piece(*here_.get(*one).now());
    if (auto const* const both = std::get_if<object_ref<batch>>(inner))
      return piece(*here_.get(*both).now(), turn);
    return piece(*here_.get(std::get<object_ref<std::uint64_t>>(*inner)).now());
  }

  // Spelled out when it is a number.
  chunk bytes_of(piece const& from) const {
    if (!from.number()) return from.bytes();
    auto spelled = here_.make<std::uint8_t>(8).now();
    launch(here_).run<spell_body>(in<std::uint8_t>(), spelled.view(), *from.number());
    return std::move(spelled).seal();
  }

 private:
  template <class E>
  bool take_from(object_ref_generator<E>& sequence) {
    my_.count_taken();
    std::optional<object_ref<E>> const ref = sequence.next();
    if (!ref) return false;
    auto const taken = here_.get(*ref).now();
    item_ = taken_item(*taken);
    return true;
  }

  context here_;
  job& my_;
  operand_set given_;
  taken_item item_;
};

template <class T>
T made_at_once(context here, action const& now, in<std::uint8_t> a, in<std::uint8_t> b) {
  std::size_t const size = result_size(now, a.size(), b.size());
  auto made = here.make<std::uint8_t>(size).now();
  blend(here, now, a, b, made.view());
  if constexpr (std::is_same_v<T, batch>) {
    if (is_of_one_part(size)) return batch(std::move(made).seal());
    auto turned = here.make<std::uint8_t>(size).now();
    rotate_by_one(here, made.written(), turned.view());
    return batch(std::move(made).seal(), std::move(turned).seal());
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    std::uint64_t sum = 0;  // on the cpu, where the bytes are there
    for (std::uint8_t const each : made.span()) sum += each;
    return sum;
  } else {
    return std::move(made).seal();
  }
}

template <class T>
std::vector<T> run_plain(context here, job* my, operand_set given) {
  resident const frame(*my);
  task_plan const& plan = *my->plan;
  plain_hand hand(here, *my, std::move(given));
  std::vector<T> all;
  for (std::size_t i = 0; i < plan.actions.size();) {
    action const& now = plan.actions[i];
    if (now.what == verb::fail) fail_as_told(all.size());
    if (now.what == verb::sleep) {
      auto const unused = here.make<std::uint8_t>(now.k).now();
      sleep(*my->counts, std::chrono::microseconds(now.n));
      ++i;
      continue;
    }
    if (now.what == verb::scratch) {
      auto unused = here.make<std::uint8_t>(now.n).now();
      if (now.k % 2 == 1) blend(here, now, in<std::uint8_t>(), in<std::uint8_t>(), unused.view());
      if (now.k % 4 == 3) unused = here.make<std::uint8_t>(now.n).now();
      ++i;
      continue;
    }
    bool const takes = now.what != verb::yield;
    bool const more = takes && hand.take();
    if (now.what != verb::each || !more) ++i;
    if (now.what == verb::next || (takes && !more)) continue;
    reading<std::uint8_t> opened[2];
    in<std::uint8_t> views[2];
    chunk sources[2];
    for (int which = 0; which < 2; ++which) {
      int const number = operand_of(now, which);
      if (number == no_operand) continue;
      piece const from = hand.find(number, all.size());
      sources[which] = hand.bytes_of(from);
      if (from.open() != nullptr) {
        views[which] = from.open()->view();
      } else if (sources[which]) {
        opened[which] = here.read<std::uint8_t>(sources[which]).now();
        views[which] = opened[which].view();
      }
    }
    std::size_t const a = views[0].size();
    bool cut = false;
    if constexpr (is_bytes<T>) {
      cut = now.how == op::part && sources[0];
      if (cut) all.push_back(sources[0].slice(begin_of(now, a), result_size(now, a, 0)));
    }
    if (!cut) all.push_back(made_at_once<T>(here, now, views[0], views[1]));
  }
  return all;
}

}  // namespace sluice::test::sim
