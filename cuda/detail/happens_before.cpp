#include <sluice/cuda/detail/happens_before.hpp>

namespace sluice::detail {

entity happens_before::add_stream() {
  auto const added = static_cast<entity>(clocks_.size());
  clocks_.push_back(clocks_[host]);
  released_.push_back(true);
  return added;
}

// Its epochs go on, so that nothing of its former life is taken for something of this one.
void happens_before::use_again(entity gone) {
  epoch const last = clocks_[gone].at(gone);
  clocks_[gone] = clocks_[host];
  clocks_[gone].set(gone, last);
  released_[gone] = true;
}

epoch happens_before::touch(entity each) {
  vector_clock& clock = clocks_[each];
  if (released_[each]) {
    clock.set(each, clock.at(each) + 1);
    released_[each] = false;
  }
  return clock.at(each);
}

}  // namespace sluice::detail
