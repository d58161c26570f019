// How far each entity of a machine had come when something happened: the host and every stream.
//
//   Units    epochs, counted per entity from 1; 0 is before everything.
//   Threads  one at a time; a copy that nobody changes may be read by all.
//   Source   vector clocks (Mattern, 1988); an access keeps one epoch of its own entity, as in
//            FastTrack (Flanagan, Freund, 2009).

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::detail {

using entity = std::uint32_t;
using epoch = std::uint64_t;

class vector_clock {
 public:
  epoch at(entity of) const noexcept {
    if (of < few) return first_[of];
    return of - few < rest_.size() ? rest_[of - few] : 0;
  }
  void set(entity of, epoch to) {
    if (of < few) {
      first_[of] = to;
      return;
    }
    if (of - few >= rest_.size()) rest_.resize(of - few + 1);
    rest_[of - few] = to;
  }
  void join(vector_clock const& other) {
    for (std::size_t i = 0; i < few; ++i) first_[i] = std::max(first_[i], other.first_[i]);
    if (rest_.size() < other.rest_.size()) rest_.resize(other.rest_.size());
    for (std::size_t i = 0; i < other.rest_.size(); ++i)
      rest_[i] = std::max(rest_[i], other.rest_[i]);
  }
  bool contains(entity of, epoch when) const noexcept { return when <= at(of); }
  bool contains(vector_clock const& other) const noexcept {
    for (std::size_t i = 0; i < few; ++i)
      if (other.first_[i] > first_[i]) return false;
    for (std::size_t i = 0; i < other.rest_.size(); ++i)
      if (other.rest_[i] > (i < rest_.size() ? rest_[i] : 0)) return false;
    return true;
  }

 private:
  // Most machines have few streams: their clocks need no memory of their own.
  static constexpr std::size_t few = 12;

  std::array<epoch, few> first_{};
  std::vector<epoch> rest_;
};

}  // namespace sluice::detail
