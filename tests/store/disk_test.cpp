// The way to disk and back under faults: C8 (what was written before an error stays readable), C10
// (full, broken and corrupt are told apart), and files that never have a name.

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/store/detail/spill_space.hpp>
#include <support/faulty_disk.hpp>
#include <support/store_world.hpp>

namespace sluice::test {

namespace {

constexpr std::size_t kib = 1024;

store_limits only_host(std::size_t host, std::size_t disk = std::size_t{1} << 30) {
  store_limits limits;
  limits.host = host;
  limits.disk = disk;
  return limits;
}

std::unique_ptr<store_world> broken_world(disk_faults& faults, store_limits limits) {
  return std::make_unique<store_world>(place(), limits, nullptr,
                                       std::make_unique<faulty_disk>(faults));
}

}  // namespace

TEST(Disk, NeverShowsAFileInItsFolder) {
  store_world world(place(), only_host(64 * kib));
  std::vector<chunk> made;
  for (std::uint64_t i = 0; i < 20; ++i) {
    made.push_back(world.make(in_host, 16 * kib, i));
    EXPECT_TRUE(std::filesystem::is_empty(world.folder()));
  }
  EXPECT_GT(world.used(on_disk), 0u);
}

TEST(Disk, LeavesNothingBehindWhenTheProcessIsKilled) {
  scratch_folder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    auto const files = open_system_disk();
    store_options options;
    options.host_bytes = 64 * kib;
    options.spill_dir = folder.path();
    object_store store(options, {}, *files);
    std::vector<chunk> made;
    bool told = false;
    for (;;) {
      std::array const pools{in_host};
      memory_request request(store, pools, 16 * kib, made.size());
      if (!request.start([](void*) noexcept {}, nullptr))
        while (!request.granted()) store.spill();
      made.push_back(request.take_writer(stream_ref()).seal());
      if (!told && store.spilled_bytes() > 64 * kib) told = ::write(ready[1], "x", 1) == 1;
    }
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Disk, ReportsAFlippedBitWithTheOffsetAndBothChecksums) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(16 * kib));
  chunk const a = world->make(in_host, 16 * kib, 1);
  chunk const b = world->make(in_host, 16 * kib, 2);
  for (int bit = 0; bit < 8; ++bit) {
    faults.flip_bit = bit;
    try {
      world->read(a);
      ADD_FAILURE() << "bit " << bit << " was not noticed";
    } catch (corruption const& met) {
      std::string const text = met.what();
      EXPECT_NE(text.find("offset 0 of spill file 0"), std::string::npos) << text;
      EXPECT_NE(text.find("16384 bytes"), std::string::npos) << text;
    }
  }
  EXPECT_EQ(world->read(a), content_of(1, 16 * kib)) << "what is on disk is good";
  EXPECT_EQ(world->read(b), content_of(2, 16 * kib));
}

TEST(Disk, DoesNotMindShortAndInterruptedCalls) {
  disk_faults faults;
  faults.pieces = true;
  auto const world = broken_world(faults, only_host(16 * kib));
  std::vector<chunk> const made = world->make_many(10, in_host, 10 * kib + 1);
  for (std::uint64_t i = 0; i < 10; ++i)
    EXPECT_EQ(world->read(made[i]), content_of(i, 10 * kib + 1));
}

TEST(Disk, ThatIsFullIsMetBeforeAnythingIsWrittenAndNothingIsLost) {
  disk_faults faults;
  faults.room = 32 * kib;
  auto const world = broken_world(faults, only_host(16 * kib));
  std::vector<chunk> made;
  try {
    for (std::uint64_t i = 0; i < 10; ++i) made.push_back(world->make(in_host, 8 * kib, i));
    ADD_FAILURE() << "80 KiB in 48";
  } catch (out_of_disk const& full) {
    std::string const text = full.what();
    EXPECT_NE(text.find(world->folder()), std::string::npos) << text;
    EXPECT_NE(text.find("8192 bytes"), std::string::npos) << text;
    // The limit, a GiB here, has nothing to do with it.
    EXPECT_NE(text.find("whose disk is full; 32768 bytes"), std::string::npos) << text;
  }
  ASSERT_EQ(made.size(), 6u);
  EXPECT_EQ(world->used(on_disk), 32 * kib);
  for (location const each : {in_host})
    EXPECT_EQ(world->used(each), 16 * kib) << "what was to leave is where it was";
  faults.room = -1;
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(world->read(made[i]), content_of(i, 8 * kib));
}

// C8, C15: what could not be written is where it was, and can go the next time.
TEST(Disk, ThatFailedOnceIsTriedAgainWithTheSameChunk) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(16 * kib));
  chunk const made = world->make(in_host, 16 * kib, 1);
  faults.fail_at = faults.operations.load();
  EXPECT_THROW(world->make(in_host, 16 * kib, 2), io_error);
  EXPECT_EQ(world->where(made), pools({in_host}));
  chunk const next = world->make(in_host, 16 * kib, 2);
  EXPECT_EQ(world->where(made), pools({on_disk}));
  EXPECT_EQ(world->read(made), content_of(1, 16 * kib));
}

TEST(Disk, TakesNothingFromWhoStartsToReadWhileItIsWritten) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(16 * kib));
  chunk const a = world->make(in_host, 8 * kib, 1);
  chunk const b = world->make(in_host, 8 * kib, 2);
  reading<std::byte> open;
  faults.before_write = [&] {
    auto attempt = world->store().try_read(a, in_host, stream_ref());
    open = reading<std::byte>(std::move(std::get<detail::reading_base>(attempt)));
  };
  chunk const c = world->make(in_host, 8 * kib, 3);
  ASSERT_TRUE(open);
  EXPECT_EQ(world->where(a), pools({in_host, on_disk}));
  EXPECT_EQ(world->where(b), pools({on_disk}));
  EXPECT_EQ(bytes(open.span().begin(), open.span().end()), content_of(1, 8 * kib));
}

TEST(Disk, KeepsOneReplicaWhenTwoReadItBackAtOnce) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(24 * kib));
  chunk const a = world->make(in_host, 8 * kib, 1);
  world->make(in_host, 24 * kib, 2);
  ASSERT_EQ(world->where(a), pools({on_disk}));
  faults.before_read = [&] { EXPECT_EQ(world->read(a), content_of(1, 8 * kib)); };
  EXPECT_EQ(world->read(a), content_of(1, 8 * kib));
  EXPECT_EQ(world->where(a), pools({in_host, on_disk}));
  EXPECT_EQ(world->used(in_host), 8 * kib);
  EXPECT_EQ(world->store().restored_bytes(), 16 * kib) << "both did read";
}

TEST(Disk, HoldsItsOwnLimit) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(16 * kib, 40 * kib));
  std::vector<chunk> made;
  EXPECT_THROW(
      for (std::uint64_t i = 0; i < 20; ++i) made.push_back(world->make(in_host, 8 * kib, i)),
      out_of_memory);
  EXPECT_EQ(made.size(), 7u);
  EXPECT_EQ(world->used(on_disk), 40 * kib);
  EXPECT_EQ(world->peak(on_disk), 40 * kib);
}

TEST(Disk, ClosesItsFilesWhenNothingIsInThem) {
  disk_faults faults;
  auto const world = broken_world(faults, only_host(16 * kib));
  {
    std::vector<chunk> const made = world->make_many(10, in_host, 8 * kib);
    EXPECT_EQ(faults.open_files, 1);
  }
  EXPECT_EQ(faults.open_files, 0);
  EXPECT_EQ(world->used(on_disk), 0u);
}

TEST(Disk, OpensItsFilesInTheFolderThatIsAskedFor) {
  store_limits limits = only_host(16 * kib);
  store_world world(place(), limits);
  std::filesystem::remove(world.folder());
  chunk const kept = world.make(in_host, 16 * kib, 1);
  try {
    world.make(in_host, 16 * kib, 2);
    ADD_FAILURE() << "a file in a folder that is gone";
  } catch (io_error const& met) {
    EXPECT_EQ(met.error_number(), ENOENT);
    EXPECT_NE(std::string(met.what()).find(world.folder()), std::string::npos) << met.what();
  }
  EXPECT_EQ(world.read(kept), content_of(1, 16 * kib));
  std::filesystem::create_directory(world.folder());
  chunk const next = world.make(in_host, 16 * kib, 2);
  EXPECT_EQ(world.read(kept), content_of(1, 16 * kib));
}

// Each operation fails once, with each error, and everything is as it was: C8.
TEST(Disk, MayFailAtAnyOneOperation) {
  for (int const error_number : {EIO, ENOSPC}) {
    bool failed = true;
    for (std::int64_t k = 0; failed; ++k) {
      SCOPED_TRACE("operation " + std::to_string(k) + " fails with " +
                   std::to_string(error_number));
      disk_faults faults;
      faults.error_number = error_number;
      faults.fail_at = k;
      auto const world = broken_world(faults, only_host(16 * kib));
      std::vector<chunk> made;
      std::size_t errors = 0;
      auto const surely = [&](auto act) {
        for (;;) {
          try {
            return act();
          } catch (io_error const& met) {
            EXPECT_EQ(met.error_number(), error_number);
          } catch (out_of_disk const&) {
            EXPECT_EQ(error_number, ENOSPC);
          }
          ASSERT_LT(++errors, 2u);
        }
      };
      for (std::uint64_t i = 0; i < 6; ++i)
        surely([&] { made.push_back(world->make(in_host, 8 * kib, i)); });
      for (std::uint64_t i = 0; i < 6; ++i)
        surely([&] { EXPECT_EQ(world->read(made[i]), content_of(i, 8 * kib)); });
      failed = faults.operations > k;
      EXPECT_LE(world->peak(in_host), 16 * kib);
      made.clear();
      EXPECT_EQ(world->used(in_host), 0u);
      EXPECT_EQ(world->used(on_disk), 0u);
      EXPECT_EQ(faults.open_files, 0);
    }
  }
}

TEST(SpillSpace, UsesAllThatIsFreeInHoweverManyPieces) {
  disk_faults faults;
  faulty_disk files(faults);
  scratch_folder folder;
  ledger account(on_disk, 64 * kib);
  detail::spill_space space(files, folder.path(), account);
  std::vector<detail::disk_room> rooms(16);
  for (detail::disk_room& each : rooms) each = space.take(4 * kib);
  EXPECT_THROW(space.take(4 * kib), out_of_disk);
  for (std::size_t i = 0; i < 16; i += 2) space.give(rooms[i]);
  bytes const written = content_of(4, 30 * kib);
  detail::disk_room const scattered = space.take(32 * kib);
  EXPECT_EQ(scattered.size(), 8u);
  std::uint64_t const checksum = space.write(scattered, written);
  bytes back(written.size());
  space.read(scattered, back, checksum);
  EXPECT_EQ(back, written);
  EXPECT_THROW(space.read(scattered, back, checksum + 1), corruption);
  space.give(scattered);
  for (std::size_t i = 1; i < 16; i += 2) space.give(rooms[i]);
  EXPECT_EQ(faults.open_files, 0);
}

// C8: else two chunks are written over each other.
TEST(SpillSpace, GivesRoomThatCameBackBetweenFreeRoomOnce) {
  disk_faults faults;
  faulty_disk files(faults);
  scratch_folder folder;
  ledger account(on_disk, 64 * kib);
  detail::spill_space space(files, folder.path(), account);
  std::vector<detail::disk_room> rooms(4);
  for (detail::disk_room& each : rooms) each = space.take(4 * kib);
  for (std::size_t const i : {0U, 2U, 1U}) space.give(rooms[i]);
  detail::disk_room const joined = space.take(12 * kib);
  ASSERT_EQ(joined.size(), 1u);
  detail::disk_room const next = space.take(4 * kib);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_GE(next.front().offset, joined.front().offset + joined.front().bytes);
  EXPECT_NE(next.front().offset, rooms[3].front().offset);
  space.give(joined);
  space.give(next);
  space.give(rooms[3]);
  EXPECT_EQ(faults.open_files, 0);
}

TEST(SpillSpace, StartsAnotherFileWhenOneIsFull) {
  disk_faults faults;
  faulty_disk files(faults);
  scratch_folder folder;
  ledger account(on_disk, std::size_t{1} << 30);
  detail::spill_space space(files, folder.path(), account);
  auto const large = space.take(detail::segment_bytes_max + 4 * kib);
  EXPECT_EQ(large.size(), 2u);
  EXPECT_EQ(faults.open_files, 2);
  auto const behind = space.take(4 * kib);
  EXPECT_EQ(behind.front().segment, 1u);
  space.give(large);
  EXPECT_EQ(faults.open_files, 1);
  space.give(behind);
  EXPECT_EQ(faults.open_files, 0);
}

TEST(SpillFolder, IsWhatWasAskedForOrTheSystems) {
  EXPECT_EQ(spill_folder("/somewhere"), "/somewhere");
  char const* const before = ::getenv("TMPDIR");
  std::string const saved = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/elsewhere", 1);
  EXPECT_EQ(spill_folder(""), "/elsewhere");
  ::unsetenv("TMPDIR");
  EXPECT_EQ(spill_folder(""), "/var/tmp");
  if (before != nullptr) ::setenv("TMPDIR", saved.c_str(), 1);
}

}  // namespace sluice::test
