// The disk in memory: the same answers as the system's, and the faults that a plan asks for.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/cuda/faults.hpp>
#include <support/store_world.hpp>

namespace sluice::test {
namespace {

constexpr std::size_t kib = 1024;

store_limits little_host() {
  store_limits limits;
  limits.host = 16 * kib;
  return limits;
}

TEST(SimDisk, GivesBackWhatWasWrittenWhereverItWasWritten) {
  scratch_folder const folder;
  auto const real = open_system_disk()->open_unnamed(folder.path());
  auto const made_up = open_simulated_disk(nullptr)->open_unnamed("nowhere");
  std::size_t const sizes[] = {1, 4095, 4096, 4097, 20000};
  std::uint64_t at = 3;
  for (std::size_t const size : sizes) {
    bytes const written = content_of(size, size);
    for (disk_file* const file : {real.get(), made_up.get()}) {
      EXPECT_EQ(file->allocate(at, size), 0);
      EXPECT_EQ(file->write(written, at).bytes, size);
    }
    at += size + 100;
  }
  for (std::uint64_t from = 0; from < at + 5000; from += 1777) {
    bytes expected(2000);
    bytes found(2000);
    auto const there = real->read(expected, from);
    EXPECT_EQ(made_up->read(found, from).bytes, there.bytes) << "at " << from;
    EXPECT_EQ(found, expected) << "at " << from;
  }
}

TEST(SimDisk, LetsOthersRunWhenItReadsAndWrites) {
  int times = 0;
  auto const made_up = open_simulated_disk(nullptr, [&] { ++times; })->open_unnamed("nowhere");
  bytes some = content_of(1, 10);
  EXPECT_EQ(made_up->write(some, 0).bytes, 10U);
  EXPECT_EQ(times, 1);
  EXPECT_EQ(made_up->read(some, 0).bytes, 10U);
  EXPECT_EQ(times, 2);
}

TEST(SimDisk, HoldsWhatAStoreSpills) {
  store_world world(place(), little_host(), nullptr, open_simulated_disk(nullptr));
  auto const made = world.make_many(20, in_host, 4 * kib);
  EXPECT_GT(world.used(on_disk), 0U);
  for (std::size_t i = 0; i < made.size(); ++i)
    EXPECT_EQ(world.read(made[i]), content_of(i, 4 * kib)) << "chunk " << i;
}

TEST(SimDisk, WorkInPiecesIsNoError) {
  auto const plan = std::make_shared<fault_plan>();
  for (std::uint64_t visit = 0; visit < 40; visit += 2) {
    plan->fail(fault_site::short_write, visit);
    plan->fail(fault_site::short_read, visit);
    store_world world(place(), little_host(), nullptr, open_simulated_disk(plan));
    auto const made = world.make_many(8, in_host, 4 * kib);
    for (std::size_t i = 0; i < made.size(); ++i)
      EXPECT_EQ(world.read(made[i]), content_of(i, 4 * kib)) << "chunk " << i;
  }
  EXPECT_GT(plan->struck(fault_site::short_write), 0U);
  EXPECT_GT(plan->struck(fault_site::short_read), 0U);
}

// C8, C10: the store says which, and what it kept before stays readable.
TEST(SimDisk, EveryFaultIsTheErrorOfItsKind) {
  struct expected_error {
    fault_site site;
    error_kind kind;
  };
  expected_error const table[] = {
      {fault_site::open_file, error_kind::io_error},
      {fault_site::reserve_file, error_kind::out_of_disk},
      {fault_site::write_file, error_kind::io_error},
      {fault_site::read_file, error_kind::io_error},
      {fault_site::flip_bit, error_kind::corruption},
  };
  for (expected_error const& each : table) {
    SCOPED_TRACE(name_of(each.site));
    auto const plan = std::make_shared<fault_plan>();
    store_world world(place(), little_host(), nullptr, open_simulated_disk(plan));
    std::vector<chunk> made = world.make_many(3, in_host, 4 * kib);
    // Where the disk has little room, a store is content with less: it has to have none.
    bool const for_ever = each.site == fault_site::reserve_file;
    plan->fail(each.site, plan->visits(each.site), for_ever);
    try {
      for (std::uint64_t i = 3; i < 12; ++i) made.push_back(world.make(in_host, 4 * kib, i));
      for (chunk const& one : made) world.read(one);
      ADD_FAILURE() << "nothing was thrown";
    } catch (error const& met) {
      EXPECT_EQ(met.kind(), each.kind) << met.what();
    }
    EXPECT_GE(plan->struck(each.site), 1U);
    plan->stop();
    for (std::size_t i = 0; i < made.size(); ++i)
      EXPECT_EQ(world.read(made[i]), content_of(i, 4 * kib)) << "chunk " << i;
  }
}

}  // namespace
}  // namespace sluice::test
