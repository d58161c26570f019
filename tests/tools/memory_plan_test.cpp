// The division of --memory: the parts add up, chunks fit, and the limits the summary states hold.

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <vector>

#include <sluice/kernels/split.hpp>
#include <sluice/tools/memory_plan.hpp>
#include <sluice/tools/text_reader.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {
namespace {

constexpr std::size_t mib = 1 << 20;

std::vector<memory_request> many_requests() {
  std::vector<memory_request> requests;
  for (std::size_t bytes = memory_bytes_least; bytes < std::size_t{1} << 41;
       bytes += bytes / 3 + 1) {
    for (std::size_t const threads : {1u, 2u, 16u, 1024u}) {
      memory_request request(bytes);
      request.threads = threads;
      requests.push_back(request);
      for (std::size_t const device : {device_memory_bytes_least, 64 * mib, 100'000 * mib}) {
        request.device_bytes = device;
        requests.push_back(request);
      }
    }
  }
  return requests;
}

TEST(MemoryPlan, AddsUpToTheLimitExactly) {
  for (auto const& request : many_requests())
    EXPECT_EQ(plan_memory(request).total_bytes(), request.memory_bytes);
}

TEST(MemoryPlan, HasRoomForThreeChunksWithAllTheirTables) {
  for (auto const& request : many_requests()) {
    auto const plan = plan_memory(request);
    auto const flow = plan.chunks_in_flight * bytes_per_text_byte * plan.chunk_bytes;
    EXPECT_GE(plan.chunks_in_flight, 3u) << request.memory_bytes;
    EXPECT_LE(flow, plan.host_bytes / 2) << request.memory_bytes;
    EXPECT_LE(flow, request.device_bytes.value_or(flow)) << request.memory_bytes;
    EXPECT_LE(flow + plan.documents_max * bytes_per_document, plan.host_bytes);
    EXPECT_GE(plan.documents_max, 40'000u) << request.memory_bytes;
  }
}

TEST(MemoryPlan, ChunksSuitTheReader) {
  for (auto const& request : many_requests()) {
    auto const plan = plan_memory(request);
    EXPECT_TRUE(std::has_single_bit(plan.chunk_bytes));
    EXPECT_GE(plan.chunk_bytes, 8u * 1024);
    EXPECT_LE(plan.chunk_bytes, 4 * mib);
    EXPECT_GT(plan.chunk_bytes, separator_bytes_max + 2);
    EXPECT_GE(plan.pieces_max, text_reader::pieces_least);
  }
}

// The figures of the table in docs/chunk.md.
TEST(MemoryPlan, GivesTheDocumentedFigures) {
  struct row {
    std::size_t memory, control, chunk, in_flight;
  };
  for (auto const& [memory, control, chunk, in_flight] :
       {row{8, 4, 32 << 10, 3}, row{32, 8, 128 << 10, 5}, row{256, 64, 1 << 20, 5},
        row{1024, 256, 4 << 20, 5}, row{16384, 256, 4 << 20, 64}}) {
    memory_request request(memory * mib);
    request.threads = 2;
    auto const plan = plan_memory(request);
    EXPECT_EQ(plan.control_bytes, control * mib) << memory;
    EXPECT_EQ(plan.chunk_bytes, chunk) << memory;
    EXPECT_EQ(plan.chunks_in_flight, in_flight) << memory;
  }
}

TEST(MemoryPlan, RefusesLessThanTheLeast) {
  EXPECT_NO_THROW(plan_memory(memory_request(memory_bytes_least)));
  EXPECT_THROW(plan_memory(memory_request(memory_bytes_least - 1)), usage_error);
  memory_request request(64 * mib);
  request.device_bytes = device_memory_bytes_least - 1;
  EXPECT_THROW(plan_memory(request), usage_error);
}

}  // namespace
}  // namespace sluice::tool
