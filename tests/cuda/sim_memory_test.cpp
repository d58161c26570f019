// The memory of the simulated device: limited, garbage until written, garbage again when it changes
// hands; and never garbage to a program that waits.

#include <gtest/gtest.h>

#include <vector>

#include <sluice/cuda/error.hpp>
#include <support/places.hpp>
#include <support/stream_work.hpp>

namespace sluice::test {
namespace {

std::unique_ptr<driver> sim(std::uint64_t seed, std::size_t memory_bytes = std::size_t{1} << 20,
                            std::shared_ptr<hazard_log> hazards = nullptr) {
  sim_options options;
  options.hazards = std::move(hazards);
  options.seed = seed;
  options.memory_bytes = memory_bytes;
  return open_sim(options);
}

TEST(SimMemory, IsRefusedPastItsLimit) {
  auto const device = sim(1, 10000);
  EXPECT_EQ(device->info().memory_bytes, 10000u);
  auto const first = device->allocate(6000);
  try {
    device->allocate(4001);
    FAIL() << "more than the limit was allocated";
  } catch (device_error const& refused) {
    EXPECT_EQ(refused.code(), 2);
    EXPECT_STREQ(refused.what(),
                 "allocate 4001 bytes failed with code 2: out of memory: 6000 of 10000 bytes are "
                 "in use");
  }
  auto const second = device->allocate(4000);
  device->free(first);
  auto const third = device->allocate(6000);
  device->free(second);
  device->free(third);
}

TEST(SimMemory, PinnedMemoryIsTheHosts) {
  auto const device = sim(1, 10000);
  void* const pinned = device->allocate_pinned(1 << 20);
  device->free(device->allocate(10000));
  device->free_pinned(pinned);
}

TEST(SimMemory, IsGarbageUntilSomebodyWritesToIt) {
  // Twice, since a later device of a process may get what an earlier one has written to.
  for (std::size_t const mebibytes : {1UL, 9UL, 1UL, 9UL}) {
    auto const device = sim(1, mebibytes << 20, unchecked());
    event_pool pool(*device);
    stream const one(pool);
    auto const memory = device->allocate(mebibytes << 20);
    std::vector<std::uint32_t> seen((mebibytes << 20) / 4);
    one.ref().copy(address::of(seen.data()), memory, mebibytes << 20,
                   copy_direction::device_to_host);
    one.ref().sync();
    EXPECT_EQ(seen, all(0xa5a5a5a5, seen.size()));
    seen.assign(seen.size(), 7);
    one.ref().copy(memory, address::of(seen.data()), mebibytes << 20,
                   copy_direction::host_to_device);
    one.ref().sync();
    device->free(memory);
  }
}

TEST(SimMemory, ChangesToGarbageWhenItChangesHands) {
  auto const device = sim(1, 1 << 20, unchecked());
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  memory.put(one, 0, 7);
  memory.put(one, 1, 7);
  one.ref().sync();
  device->note_freed(memory.at(0), memory.bytes());
  EXPECT_EQ(memory.read(one, 0), all(0xdddddddd));
  device->note_allocated(allocation_note(memory.at(0), memory.bytes()));
  EXPECT_EQ(memory.read(one, 0), all(0xacacacac));
  EXPECT_EQ(memory.read(one, 1), all(7)) << "its neighbour was overwritten";
}

TEST(SimMemory, IsKeptForTheReadersItHadWhenItChangedHands) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = sim(seed, 1 << 20, unchecked());
    event_pool pool(*device);
    arrays memory(*device);
    stream const writer(pool), reader(pool);
    memory.fill(writer, 0, 7);
    writer.ref().sync();
    memory.add(reader, 0, 1, 100);
    event const last_use = reader.ref().record();
    device->note_freed(memory.at(0), memory.bytes());
    device->note_allocated(allocation_note(memory.at(0), memory.bytes()));
    last_use.sync();
    EXPECT_EQ(memory.read(writer, 0), all(0xacacacac)) << "nobody has written it yet";
    EXPECT_EQ(memory.read(reader, 1), all(107));
  }
}

// One block goes from owner to owner, as a store hands it out: in stream order.
bool next_owners_see_their_own(std::uint64_t seed, std::optional<wait_reason> skip) {
  sim_options options;
  options.seed = seed;
  options.memory_bytes = std::size_t{1} << 20;
  options.skip_waits = skip;
  if (skip) options.hazards = unchecked();
  auto const device = open_sim(options);
  event_pool pool(*device);
  arrays memory(*device, 256, 12);
  std::vector<stream> streams;
  streams.reserve(3);
  for (int i = 0; i < 3; ++i) streams.emplace_back(pool);
  event last_use;
  for (std::uint32_t owner = 0; owner < 10; ++owner) {
    stream const& mine = streams[owner % streams.size()];
    device->note_allocated(allocation_note(memory.at(0), memory.bytes()));
    mine.ref().wait(last_use, wait_reason::memory_reused);
    memory.fill(mine, 0, owner);
    memory.add(mine, 0, 1 + owner, 100);
    last_use = mine.ref().record();
    device->note_freed(memory.at(0), memory.bytes());
  }
  bool good = true;
  for (auto const& each : streams) each.ref().sync();
  for (std::uint32_t owner = 0; owner < 10; ++owner)
    good = good && memory.read(streams[0], 1 + owner) == all(100 + owner);
  return good;
}

TEST(SimMemory, NextOwnersThatWaitNeverSeeGarbage) {
  for (std::uint64_t const seed : seeds(100)) {
    SCOPED_TRACE(seed_line(seed));
    EXPECT_TRUE(next_owners_see_their_own(seed, std::nullopt));
  }
}

TEST(SimMemory, NextOwnersThatDoNotWaitSeeGarbageInSomeOfTwentySeeds) {
  int wrong = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    if (!next_owners_see_their_own(seed, wait_reason::memory_reused)) ++wrong;
  RecordProperty("wrong_seeds_of_20", wrong);
  EXPECT_GE(wrong, 5);
}

TEST(SimMemory, FreeingWaitsForTheDevice) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    auto const device = sim(seed);
    event_pool pool(*device);
    stream const one(pool);
    std::vector<std::uint32_t> seen(256);
    {
      arrays memory(*device);
      memory.put(one, 0, 7);
      one.ref().copy(address::of(seen.data()), memory.at(0), memory.bytes(),
                     copy_direction::device_to_host);
    }
    EXPECT_EQ(seen, all(7));
  }
}

TEST(SimMemory, CopiesOutsideTheDeviceAreRefusedAtTheCall) {
  auto const device = sim(1);
  event_pool pool(*device);
  arrays memory(*device);
  stream const one(pool);
  std::vector<std::uint32_t> host(memory.count);
  auto const copy = [&](address to, address from, copy_direction direction) {
    one.ref().copy(to, from, memory.bytes(), direction);
  };
  address const at_host = address::of(host.data());
  EXPECT_THROW(copy(at_host, memory.at(0), copy_direction::host_to_device), device_error);
  EXPECT_THROW(copy(at_host, at_host, copy_direction::device_to_host), device_error);
  EXPECT_THROW(copy(at_host, memory.at(0), copy_direction::device_to_device), device_error);
  EXPECT_THROW(copy(memory.at(8), at_host, copy_direction::host_to_device), device_error)
      << "behind the end of the extent";
  EXPECT_FALSE(one.ref().record()) << "a refused copy is not work";
}

}  // namespace
}  // namespace sluice::test
