// What a body computes with: its arguments, whatever their kind, and the item it took last.
//
//   Owner    an operand_set lives in the body's frame; argument readings stay open in it.
//   Threads  the body's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <sim/blend.kernel.hpp>
#include <sim/refs.hpp>

namespace sluice::test::sim {

// Bytes somewhere, or a number.
class piece {
 public:
  piece() = default;  // no bytes
  explicit piece(chunk one) : one_(std::move(one)) {}
  explicit piece(std::uint64_t number) : number_(number) {}
  explicit piece(reading<std::uint8_t> const& open) : one_(open.source()), open_(&open) {}
  piece(batch const& both, std::size_t turn) : one_(both.part(turn)) {}

  chunk const& bytes() const noexcept { return one_; }
  reading<std::uint8_t> const* open() const noexcept { return open_; }
  std::optional<std::uint64_t> const& number() const noexcept { return number_; }
  bool is_closed() const noexcept { return open_ == nullptr && one_; }
  // Its bytes, through the argument's reading or through `opened`; no bytes when there is neither.
  in<std::uint8_t> view(reading<std::uint8_t> const& opened) const {
    if (open_ != nullptr) return open_->view();
    if (opened) return opened.view();
    return {};
  }

 private:
  chunk one_;
  reading<std::uint8_t> const* open_ = nullptr;
  std::optional<std::uint64_t> number_;
};

// What `next` or `each` took last.
class taken_item {
 public:
  taken_item() = default;
  explicit taken_item(chunk one) : one_(std::move(one)) {}
  explicit taken_item(std::uint64_t number) : one_(number) {}
  explicit taken_item(batch both) : both_(std::move(both)) {}

  piece at(std::size_t turn) const { return both_ ? piece(*both_, turn) : one_; }

 private:
  piece one_;
  std::optional<batch> both_;
};

class operand_set {
 public:
  operand_set(job const& what, std::vector<any_ref> inner) : inner_(std::move(inner)) {
    for (std::size_t i = 0; i < what.plan->inputs.size(); ++i)
      if (what.plan->inputs[i].how == form::value) (first_ < 0 ? first_ : second_) = number(i);
  }
  void add(reading<std::uint8_t>&& first) { readings_[0] = std::move(first); }
  void add(reading<std::uint8_t>&& first, reading<std::uint8_t>&& second) {
    readings_[0] = std::move(first);
    readings_[1] = std::move(second);
  }
  void add(value<batch> both) { both_ = std::move(both); }
  void add(value<std::uint64_t> one) { number_ = std::move(one); }
  template <class T>
  void add(object_ref_generator<T>&& sequence) {
    sequence_ = std::move(sequence);
  }

  // A ref that the body has to ask for; of nothing when the operand is at hand.
  any_ref const* inner(int of) const {
    static any_ref const none;
    return of == the_item ? &none : &inner_[static_cast<std::size_t>(of)];
  }
  // Nothing when it is an inner ref.
  piece at_hand(int of, taken_item const& item, std::size_t turn) const {
    if (of == the_item) return item.at(turn);
    if (of == second_) return piece(readings_[1]);
    if (of != first_) return piece();
    if (both_) return piece(**both_, turn);
    if (number_) return piece(**number_);
    return piece(readings_[0]);
  }
  template <class T>
  object_ref_generator<T>* sequence_of() {
    return std::get_if<object_ref_generator<T>>(&sequence_);
  }

 private:
  static int number(std::size_t i) { return static_cast<int>(i); }

  std::vector<any_ref> inner_;
  int first_ = -1;  // which inputs the arguments are
  int second_ = -1;
  reading<std::uint8_t> readings_[2];
  std::optional<value<batch>> both_;
  std::optional<value<std::uint64_t>> number_;
  any_stream sequence_;
};

// Which operand of an action is its first or second; `no_operand` when it has none.
inline constexpr int no_operand = -2;
inline int operand_of(action const& one, int which) {
  if (which == 1) return one.how == op::concat ? one.b : no_operand;
  return one.how == op::fill || one.how == op::count ? no_operand : one.a;
}

// Where in the operand a slice begins, and its size.
inline std::size_t begin_of(action const& one, std::size_t a) {
  return std::min<std::size_t>(one.k, a);
}
inline std::size_t result_size(action const& one, std::size_t a, std::size_t b) {
  switch (one.how) {
    case op::fill:
      return one.n;
    case op::count:
      return one.n / 4 * 4;
    case op::concat:
      return a + b;
    case op::slice:
    case op::part:
      return std::min<std::size_t>(one.n, a - begin_of(one, a));
    case op::sum:
      return 8;
    default:
      return a;
  }
}

inline blending blending_of(op how) {
  switch (how) {
    case op::fill:
      return blending::fill;
    case op::count:
      return blending::count;
    case op::mask:
      return blending::mask;
    case op::add:
      return blending::add;
    case op::rotate:
      return blending::rotate;
    case op::concat:
      return blending::concat;
    default:
      return blending::slice;
  }
}

// Gives the work of one action to the body's stream.
inline void blend(launch const& to, action const& one, in<std::uint8_t> a, in<std::uint8_t> b,
                  out<std::uint8_t> result) {
  if (one.how == op::sum) return to.run<spell_body>(a, result, std::uint64_t{one.k});
  bool const cuts = one.how == op::slice || one.how == op::part;
  auto const k = cuts ? static_cast<std::uint32_t>(begin_of(one, a.size())) : one.k;
  to.run<blend_body>(a, b, result, static_cast<std::uint32_t>(blending_of(one.how)), k);
}
inline void fill_with(launch const& to, std::uint32_t k, out<std::uint8_t> result) {
  auto const how = static_cast<std::uint32_t>(blending::fill);
  to.run<blend_body>(in<std::uint8_t>(), in<std::uint8_t>(), result, how, k);
}
inline void rotate_by_one(launch const& to, in<std::uint8_t> from, out<std::uint8_t> result) {
  auto const how = static_cast<std::uint32_t>(blending::rotate);
  to.run<blend_body>(from, in<std::uint8_t>(), result, how, std::uint32_t{1});
}

}  // namespace sluice::test::sim
