// Lanes for copies are lent again once their copies are done, so there are not many of them.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/store/detail/copy_lanes.hpp>
#include <support/places.hpp>

namespace sluice::test {

namespace {

class lanes_under_test {
 public:
  explicit lanes_under_test(std::uint64_t seed)
      : device(open(place{device_kind::sim}, seed)), events(*device), lanes(events) {
    memory = device->allocate(source.size());
  }
  ~lanes_under_test() {
    for (event const& each : under_way) each.sync();
    device->free(memory);
  }

  // Copies one of them, and waits for the oldest while more than `most` are under way.
  void copy(std::size_t most) {
    {
      detail::copy_lanes::lane lane(lanes);
      lent.insert(lane.ref().handle());
      std::size_t const at = next++ % source.size();
      // What was there before is over: fewer are under way than there are bytes.
      lane.ref().copy(memory + at, address::of(source.data() + at), 1,
                      copy_direction::host_to_device);
      under_way.push_back(lane.ref().record());
      lane.gave(under_way.back());
    }
    for (; under_way.size() > most; under_way.pop_front()) under_way.front().sync();
  }

  std::vector<std::byte> const source = std::vector<std::byte>(64);
  std::unique_ptr<driver> const device;
  event_pool events;
  detail::copy_lanes lanes;
  address memory;
  std::size_t next = 0;
  std::set<stream_handle> lent;
  std::deque<event> under_way;
};

}  // namespace

TEST(CopyLanes, OneIsEnoughForCopiesThatFollowEachOther) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    lanes_under_test on(seed);
    for (int i = 0; i < 100; ++i) on.copy(0);
    EXPECT_EQ(on.lent.size(), 1u);
  }
}

TEST(CopyLanes, AreAboutAsManyAsCopiesAreUnderWay) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    lanes_under_test on(seed);
    for (int i = 0; i < 1000; ++i) on.copy(24);
    EXPECT_LE(on.lent.size(), 24u * 4 / 3 + 1);
  }
}

}  // namespace sluice::test
