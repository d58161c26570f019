// The audit of a store: quiet about one that works, and each thing that it looks for is told.

#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <sluice/store/detail/audit.hpp>
#include <sluice/store/detail/store_access.hpp>
#include <support/store_world.hpp>

namespace sluice::test {
namespace {

using detail::audit;
using detail::store_moment;

constexpr std::size_t kib = 1024;

class Audit : public testing::Test {
 protected:
  static store_limits little() {
    store_limits limits;
    limits.host = 16 * kib;
    return limits;
  }

  std::string found(store_moment at = store_moment::quiet) { return audit(world_.store(), at); }
  detail::store_state& state() { return detail::store_access::state_of(world_.store()); }

  store_world world_{place(), little()};
};

TEST_F(Audit, FindsNothingInAStoreThatSpillsAndReads) {
  auto const made = world_.make_many(20, in_host, 4 * kib);
  EXPECT_EQ(found(), "");
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(world_.read(made[i]), content_of(i, 4 * kib));
    EXPECT_EQ(found(), "");
  }
}

TEST_F(Audit, FindsNothingWhileARequestWaits) {
  auto const held = world_.acquire({in_host}, 16 * kib);
  auto const waits = world_.ask({in_host}, kib);
  ASSERT_FALSE(waits->start([](void*) noexcept {}, nullptr));
  EXPECT_EQ(found(), "");
}

TEST_F(Audit, TellsThatAPoolIsKeptForNobody) {
  state().host().claim = detail::request_key{7, 7};
  EXPECT_NE(found().find("is kept for a request that does not wait"), std::string::npos);
}

TEST_F(Audit, TellsThatWaitingRequestsAreMiscounted) {
  state().host().waiting = 1;
  EXPECT_NE(found().find("counts 1 waiting requests"), std::string::npos);
  state().host().waiting = 0;
}

// Seen: the room of a write that failed stayed taken, with its charge given back.
TEST_F(Audit, TellsThatRoomInFilesHasNoCharge) {
  detail::disk_room const room = state().files().take(4096);
  EXPECT_NE(found().find("files have 4096 bytes taken and disk is charged 0"), std::string::npos);
  state().files().give(room);
  EXPECT_EQ(found(), "");
}

// C16: memory is granted oldest first.
TEST_F(Audit, TellsThatAnOlderRequestWasPassed) {
  state().granted_out_of_turn = 2;
  EXPECT_NE(found().find("2 requests were granted past older ones"), std::string::npos);
}

TEST_F(Audit, TellsThatMemoryInUseWasDropped) {
  state().dropped_in_use = 1;
  EXPECT_NE(found().find("1 replicas were dropped while in use"), std::string::npos);
}

TEST_F(Audit, TellsThatAReplicaIsFiledAsWhatItIsNot) {
  auto const made = world_.make_many(1, in_host, kib);
  detail::replica& only = detail::chunk_access::of(made.front()).replicas.front();
  only.filed_clean = true;
  EXPECT_NE(found().find("has a replica among the wrong ones"), std::string::npos);
  only.filed_clean = false;
}

// C3: complete values stay.
TEST_F(Audit, TellsThatGoodBytesWereGivenUp) {
  auto const made = world_.make_many(1, in_host, kib);
  detail::stored_chunk& one = detail::chunk_access::of(made.front());
  one.failure = std::make_exception_ptr(misuse("made up"));
  EXPECT_NE(found().find("has the bytes of a chunk that was given up"), std::string::npos);
  one.failure = nullptr;
}

TEST_F(Audit, TellsOfAPinThatNobodyHolds) {
  auto const made = world_.make_many(1, in_host, kib);
  detail::replica& only = detail::chunk_access::of(made.front()).replicas.front();
  ++only.open;
  EXPECT_EQ(found(store_moment::busy), "") << "somebody may be moving it";
  EXPECT_NE(found().find("1 pins of replicas for 0 open readings"), std::string::npos);
  --only.open;
}

}  // namespace
}  // namespace sluice::test
