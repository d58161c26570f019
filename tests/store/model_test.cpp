// Random programs against a naive model, C8, C11 and C15: whatever is made, read, sliced, bound,
// copied and dropped in whatever order, every byte is the one that was written, limits hold, and
// nothing is left at the end.

#include <algorithm>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

struct modelled {
  modelled(chunk of, bytes expected) : handle(std::move(of)), content(std::move(expected)) {}
  chunk handle;
  bytes content;
};

class program {
 public:
  program(place at, std::uint64_t seed)
      : random_(seed), limits_(draw_limits()), world_(at, limits_, open(at, seed)) {}

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      step();
      for (auto const& [where, limit] : limits())
        ASSERT_LE(world_.used(where), limit) << name_of(where);
    }
    finish();
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  store_limits draw_limits() {
    store_limits drawn;
    drawn.device = (8 + below(24)) * kib;
    drawn.pinned = below(3) == 0 ? 0 : (8 + below(24)) * kib;
    drawn.host = (8 + below(24)) * kib;
    return drawn;
  }
  std::vector<std::pair<location, std::size_t>> limits() const {
    return {{on_device, limits_.device}, {in_pinned, limits_.pinned}, {in_host, limits_.host}};
  }
  modelled& any() { return all_[below(all_.size())]; }

  void step() {
    if (all_.size() < 4 || below(4) == 0) return make();
    switch (below(8)) {
      case 0:
        return drop();
      case 1:
        return slice();
      case 2:
        return bind();
      case 3:
        return copy_on_device();
      case 4:
        return drop_unsealed();
      case 5:
      case 6:
        return read_on_device();
      default:
        return read_at_host();
    }
  }

  location any_place() {
    auto const chosen = below(3);
    if (chosen == 1 && limits_.pinned != 0) return in_pinned;
    return chosen == 2 ? on_device : in_host;
  }
  std::size_t any_size() { return below(8) == 0 ? below(8 * kib) : below(2048); }

  void make() {
    std::uint64_t const content = random_();
    std::size_t const size = any_size();
    all_.emplace_back(world_.make(any_place(), size, content, below(3)), content_of(content, size));
  }
  void drop_unsealed() {
    writer<std::byte> out = world_.room(any_place(), any_size(), below(3));
    if (below(2) == 0) world_.fill(out, random_());
  }
  void drop() {
    std::swap(any(), all_.back());
    all_.pop_back();
  }
  void slice() {
    modelled const& whole = any();
    std::size_t const offset = below(whole.content.size() + 1);
    std::size_t const size = below(whole.content.size() - offset + 1);
    auto const first = whole.content.begin() + static_cast<std::ptrdiff_t>(offset);
    bytes expected(first, first + static_cast<std::ptrdiff_t>(size));
    all_.emplace_back(whole.handle.slice(offset, size), std::move(expected));
  }
  // Small objects only: one that is larger than a tier cannot leave the tier above.
  void bind() {
    std::vector<chunk> parts;
    for (std::size_t i = 0; i < 2; ++i) {
      chunk const& part = any().handle;
      if (world_.store().stage_bytes(part) < kib) parts.push_back(part);
    }
    if (bound_ < 6) world_.store().bind(parts);
    ++bound_;
  }
  void copy_on_device() {
    modelled const& from = any();
    std::size_t const on = below(3);
    auto source = world_.open_at(from.handle, on_device, world_.on(on));
    if (from.content.size() > limits_.device / 4) return;
    writer<std::byte> out = world_.room(on_device, from.content.size(), on);
    world_.on(on).copy(address::of(raw_view::data(out.view())),
                       address::of(raw_view::data(source.view())), from.content.size(),
                       copy_direction::device_to_device);
    source.close();
    all_.emplace_back(std::move(out).seal(), from.content);
  }
  void read_on_device() {
    modelled const& from = any();
    std::size_t const on = below(3);
    auto const open = world_.open_at(from.handle, on_device, world_.on(on));
    bytes const& seen = world_.read_later(open, world_.on(on));
    later_.emplace_back(&seen, from.content);
    if (later_.size() > 20) check_later();
  }
  void read_at_host() {
    modelled const& from = any();
    ASSERT_EQ(world_.read(from.handle), from.content);
  }
  void check_later() {
    for (std::size_t i = 0; i < 3; ++i) world_.on(i).sync();
    for (auto const& [seen, expected] : later_) ASSERT_EQ(*seen, expected);
    later_.clear();
  }
  void finish() {
    for (modelled const& each : all_) ASSERT_EQ(world_.read(each.handle), each.content);
    check_later();
    all_.clear();
    for (std::size_t i = 0; i < 3; ++i) world_.on(i).sync();
    for (auto const& [where, limit] : limits()) {
      EXPECT_EQ(world_.used(where), 0u) << name_of(where);
      EXPECT_LE(world_.peak(where), limit) << name_of(where);
    }
    EXPECT_EQ(world_.used(on_disk), 0u);
  }

  std::mt19937_64 random_;
  store_limits const limits_;
  store_world world_;
  std::vector<modelled> all_;
  std::vector<std::pair<bytes const*, bytes>> later_;
  std::size_t bound_ = 0;
};

}  // namespace

class Programs : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Programs, testing::ValuesIn(places()), place_name);

TEST_P(Programs, ReadBackWhatTheyWroteThroughAllTiers) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint64_t const seed : seeds(60)) {
    SCOPED_TRACE(seed_line(seed));
    program(GetParam(), seed).run(150);
    if (HasFailure()) return;
  }
}

}  // namespace sluice::test
