// The one ref of a dynamic task: settled when the body has ended, its value the sequence of all
// values. While it lives the values can be named, so they stay.

#pragma once

#include <utility>

#include <sluice/runtime/detail/cell.hpp>
#include <sluice/runtime/detail/sequence.hpp>

namespace sluice::detail {

class outer_cell final : public cell {
 public:
  explicit outer_cell(counted<sequence> values) : values_(std::move(values)) {
    values_->add_holder();
    values_->set_outer(this);
  }
  ~outer_cell() override {
    values_->set_outer(nullptr);
    values_->drop_holder();
  }

  bool set() {
    return settle([] {});
  }
  counted<sequence> const& values() const noexcept { return values_; }

 private:
  counted<sequence> const values_;
};

}  // namespace sluice::detail
