// A task that waits for another one that waits for it: nobody can go on.
//
//   Owner    the knot's ref to itself goes with its frames.

#pragma once

#include <memory>
#include <utility>

#include <sluice/runtime/runtime.hpp>

namespace sluice::test::sim {

struct loose_end {
  object_ref<int> of;
};

inline generator<int> second_of_knot(context, value<int> of_first) {
  co_yield *of_first;
}

inline generator<int> first_of_knot(context here, std::shared_ptr<loose_end> own) {
  auto const second = here.submit(task("knot", second_of_knot).num_returns<1>(), own->of);
  auto const of_second = co_await here.get(second);
  co_yield *of_second;
}

// Its first half gets to know its own ref here, where nobody runs between the two lines.
inline generator<int> knot(context here) {
  auto own = std::make_shared<loose_end>();
  own->of = here.submit(task("knot", first_of_knot).num_returns<1>(), own);
  auto const never = co_await here.get(own->of);
  co_yield *never;
}

}  // namespace sluice::test::sim
