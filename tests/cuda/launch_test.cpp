// Launches: arguments arrive as given, and the access set follows from their types.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/launch.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

struct settings {
  std::uint64_t factor = 0;
  std::uint16_t offset = 0;
};

struct mixed_body {
  static constexpr char const* name = "mixed";
  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> from, settings how, out<std::uint64_t> to,
                  bool negate, inout<std::uint32_t> count) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::uint64_t const value = on.data(from)[i] * how.factor + how.offset;
      on.data(to)[i] = negate ? ~value : value;
    }
    on.data(count)[0] += 1;
  }
};

struct workspace_body {
  static constexpr char const* name = "workspace";
  template <class Exec>
  static void run(Exec const& on, out<std::uint64_t> seen) {
    on.data(seen)[0] = on.workspace_bytes();
    on.data(seen)[1] = reinterpret_cast<std::uintptr_t>(on.workspace());
  }
};

// Host and sim: the bodies of this file are not in the CUDA module.
class Launch : public testing::TestWithParam<device_kind> {
 protected:
  place where() const {
    place at;
    at.kind = GetParam();
    return at;
  }
};
INSTANTIATE_TEST_SUITE_P(On, Launch, testing::Values(device_kind::host, device_kind::sim),
                         [](auto const& tested) { return std::string(name_of(tested.param)); });

TEST_P(Launch, HandsEachArgumentToTheBodyAsGiven) {
  auto const device = open(where());
  event_pool pool(*device);
  stream const one(pool);
  auto const memory = device->allocate(4096);
  std::vector<std::byte> start(4096);
  for (std::size_t i = 0; i < 16; ++i) start[i] = static_cast<std::byte>(200 + i);
  one.ref().copy(memory, address::of(start.data()), 4096, copy_direction::host_to_device);
  settings how;
  how.factor = 1'000'000'007;
  how.offset = 500;
  launch(one.ref()).run<mixed_body>(view_maker::make<in<std::uint8_t>>(memory, 16), how,
                                    view_maker::make<out<std::uint64_t>>(memory + 64, 16), true,
                                    view_maker::make<inout<std::uint32_t>>(memory + 1024, 1));
  how.factor = 0;  // the launch has copied it
  one.ref().copy(address::of(start.data()), memory, 4096, copy_direction::device_to_host);
  one.ref().sync();
  for (std::uint64_t i = 0; i < 16; ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, start.data() + 64 + 8 * i, 8);
    EXPECT_EQ(value, ~((200 + i) * 1'000'000'007 + 500));
  }
  EXPECT_EQ(start[1024], std::byte{1});
  device->free(memory);
}

TEST_P(Launch, HandsTheWorkspaceToTheBody) {
  auto const device = open(where());
  event_pool pool(*device);
  stream const one(pool);
  auto const memory = device->allocate(4096);
  launch const to(one.ref(), view_maker::make<inout<std::byte>>(memory + 256, 512));
  EXPECT_EQ(to.workspace_bytes(), 512u);
  to.run<workspace_body>(view_maker::make<out<std::uint64_t>>(memory, 2));
  std::uint64_t seen[2] = {};
  one.ref().copy(address::of(seen), memory, sizeof seen, copy_direction::device_to_host);
  one.ref().sync();
  EXPECT_EQ(seen[0], 512u);
  EXPECT_EQ(seen[1], (memory + 256).value());
  device->free(memory);
}

// Keeps the last launch instead of running it.
class recording_driver final : public driver {
 public:
  device_info const& info() const noexcept override { return info_; }
  address allocate(std::size_t) override { return address(); }
  void free(address) noexcept override {}
  void* allocate_pinned(std::size_t) override { return nullptr; }
  void free_pinned(void*) noexcept override {}
  stream_handle make_stream() override { return 1; }
  void destroy_stream(stream_handle) noexcept override {}
  event_handle make_event() override { return 1; }
  void destroy_event(event_handle) noexcept override {}
  void record(event_handle, stream_handle) override {}
  void wait(stream_handle, event_handle, wait_reason) override {}
  bool is_done(event_handle) override { return true; }
  void sync(event_handle) override {}
  void sync_stream(stream_handle) override {}
  void copy(stream_handle, address, address, std::size_t, copy_direction) override {}
  void launch(stream_handle, kernel_call const& call) override {
    name = call.name;
    accesses.assign(call.accesses.begin(), call.accesses.end());
  }

  std::string name;
  std::vector<access> accesses;

 private:
  device_info info_;
};

TEST(AccessSet, FollowsFromTheTypesOfTheArguments) {
  recording_driver device;
  event_pool pool(device);
  stream const one(pool);
  launch const to(one.ref(), view_maker::make<inout<std::byte>>(address(4096), 100));
  to.run<mixed_body>(view_maker::make<in<std::uint8_t>>(address(1024), 16), settings(),
                     view_maker::make<out<std::uint64_t>>(address(2048), 16), false,
                     view_maker::make<inout<std::uint32_t>>(address(3072), 2));
  EXPECT_EQ(device.name, "mixed");
  ASSERT_EQ(device.accesses.size(), 4u);
  auto const expect = [&](std::size_t i, std::uintptr_t begin, std::size_t bytes, bool writes) {
    EXPECT_EQ(device.accesses[i].begin, address(begin)) << i;
    EXPECT_EQ(device.accesses[i].bytes, bytes) << i;
    EXPECT_EQ(device.accesses[i].writes, writes) << i;
  };
  expect(0, 1024, 16, false);
  expect(1, 2048, 128, true);
  expect(2, 3072, 8, true);
  expect(3, 4096, 100, true);
}

TEST(Views, AreNoPointers) {
  static_assert(!std::is_convertible_v<in<int>, int const*>);
  static_assert(!std::is_convertible_v<out<int>, int*>);
  static_assert(!std::is_constructible_v<in<int>, int*, std::size_t>);
  static_assert(!std::is_constructible_v<out<int>, int*, std::size_t>);
  static_assert(!std::is_convertible_v<address, void*>);
  static_assert(!view_writes<in<int>>);
  static_assert(view_writes<out<int>>);
  static_assert(view_writes<inout<int>>);
  in<int> const none;
  EXPECT_EQ(none.size(), 0u);
}

}  // namespace
}  // namespace sluice::test
