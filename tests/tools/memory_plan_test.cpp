// The division of --memory: the parts add up, what stages hold fits, and the documented figures
// hold.

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/tools/document_index.hpp>
#include <sluice/tools/memory_plan.hpp>
#include <sluice/tools/text_reader.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {
namespace {

constexpr std::size_t mib = 1 << 20;

std::vector<memory_limits> many_limits() {
  std::vector<memory_limits> all;
  for (std::size_t bytes = memory_bytes_least; bytes < std::size_t{1} << 41;
       bytes += bytes / 3 + 1) {
    memory_limits limits(bytes);
    all.push_back(limits);
    for (std::size_t const device : {device_memory_bytes_least, 64 * mib, 100'000 * mib}) {
      limits.device_bytes = device;
      all.push_back(limits);
    }
  }
  return all;
}

TEST(MemoryPlan, AddsUpToTheLimitExactly) {
  for (auto const& limits : many_limits())
    EXPECT_EQ(plan_memory(limits).total_bytes(), limits.memory_bytes);
}

// Then every wait for memory ends: what is not held can be spilled.
TEST(MemoryPlan, HasRoomForAllThatIsHeldAtOnceAndTheIndex) {
  for (auto const& limits : many_limits()) {
    auto const plan = plan_memory(limits);
    auto held = held_on_host(plan.chunk_bytes, plan.open_texts);
    if (!limits.device_bytes) held += held_by_kernels(plan.chunk_bytes);
    EXPECT_LE(held, plan.host_bytes / 2) << limits.memory_bytes;
    EXPECT_LE(held + document_index::bytes_for(plan.documents_max), plan.host_bytes);
    if (limits.device_bytes) {
      EXPECT_LE(2 * held_by_kernels(plan.chunk_bytes), *limits.device_bytes);
    }
  }
}

TEST(MemoryPlan, ChunksSuitTheReader) {
  for (auto const& limits : many_limits()) {
    auto const plan = plan_memory(limits);
    EXPECT_TRUE(std::has_single_bit(plan.chunk_bytes));
    EXPECT_GE(plan.chunk_bytes, 8u * 1024);
    EXPECT_LE(plan.chunk_bytes, 4 * mib);
    EXPECT_GT(plan.chunk_bytes, separator_bytes_max + 2);
    EXPECT_GE(plan.pieces_max, text_reader::pieces_least);
  }
}

// The most documents, and not one less than fit.
TEST(MemoryPlan, RemembersAsManyDocumentsAsFit) {
  for (auto const& limits : many_limits()) {
    auto const plan = plan_memory(limits);
    if (plan.documents_max == document_index::none - 1) continue;
    EXPECT_GT(document_index::bytes_for(plan.documents_max + 1), plan.host_bytes - plan.held_bytes);
  }
}

// The figures of the table in docs/chunk.md.
TEST(MemoryPlan, GivesTheDocumentedFigures) {
  struct row {
    std::size_t memory, control, chunk, in_flight, documents;
  };
  for (auto const& [memory, control, chunk, in_flight, documents] :
       {row{8, 4, 32 << 10, 10, 131'072}, row{32, 8, 128 << 10, 15, 843'776},
        row{256, 64, 1 << 20, 15, 6'873'088}, row{1024, 256, 1 << 20, 16, 31'031'296}}) {
    auto const plan = plan_memory(memory_limits(memory * mib));
    EXPECT_EQ(plan.control_bytes, control * mib) << memory;
    EXPECT_EQ(plan.chunk_bytes, chunk) << memory;
    EXPECT_EQ(plan.chunks_in_flight, in_flight) << memory;
    EXPECT_EQ(plan.documents_max, documents) << memory;
  }
}

TEST(MemoryPlan, RefusesALimitThatIsTooSmall) {
  EXPECT_THROW(plan_memory(memory_limits(memory_bytes_least - 1)), usage_error);
  memory_limits limits(64 * mib);
  limits.device_bytes = device_memory_bytes_least - 1;
  EXPECT_THROW(plan_memory(limits), usage_error);
}

}  // namespace
}  // namespace sluice::tool
