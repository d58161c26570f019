#include <sluice/tools/memory_plan.hpp>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <sluice/tools/sizes.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

constexpr std::size_t chunk_bytes_least = 8 * kib;
constexpr std::size_t chunk_bytes_most = 4 * mib;
constexpr std::size_t chunk_bytes_fast = 256 * kib;  // above it more threads are worth more
constexpr std::size_t chunks_least = 3;              // one is read, one computed, one written
constexpr std::size_t chunks_most = 64;
constexpr std::size_t text_bytes_per_piece = 16;

// The largest chunk of which `count` fit into `bytes` with all that belongs to them.
std::size_t chunk_that_fits(std::size_t bytes, std::size_t count) {
  return std::bit_floor(bytes / (bytes_per_text_byte * count));
}

// Enough chunks for every thread, but not at the price of tiny ones.
std::size_t choose_chunk(std::size_t stream_bytes, std::size_t threads) {
  auto const for_all = chunk_that_fits(stream_bytes, std::max(chunks_least, threads + 2));
  auto const for_few = chunk_that_fits(stream_bytes, chunks_least);
  auto const chosen = std::max(for_all, std::min(for_few, chunk_bytes_fast));
  return std::clamp(chosen, chunk_bytes_least, chunk_bytes_most);
}

void require_least(char const* option, std::size_t bytes, std::size_t least) {
  if (bytes >= least) return;
  throw usage_error(fmt::format("{}: {} is too small; give at least {}", option, exact_size(bytes),
                                exact_size(least)));
}

}  // namespace

memory_plan plan_memory(memory_request const& request) {
  require_least("--memory", request.memory_bytes, memory_bytes_least);
  memory_plan plan{};
  plan.control_bytes = std::clamp(request.memory_bytes / 4, 4 * mib, 256 * mib);
  auto const data_bytes = request.memory_bytes - plan.control_bytes;
  plan.writer_bytes = std::clamp(data_bytes / 64, 16 * kib, mib);
  if (request.device_bytes) {
    require_least("--device-memory", *request.device_bytes, device_memory_bytes_least);
    plan.pinned_bytes = std::min(data_bytes / 4, 256 * mib);
  }
  plan.host_bytes = data_bytes - plan.writer_bytes - plan.pinned_bytes;

  // Half for what flows; the list of documents and documents kept for comparison have the rest.
  auto stream_bytes = plan.host_bytes / 2;
  if (request.device_bytes) stream_bytes = std::min(stream_bytes, *request.device_bytes);
  plan.chunk_bytes = choose_chunk(stream_bytes, request.threads);
  plan.pieces_max = plan.chunk_bytes / text_bytes_per_piece;
  plan.chunks_in_flight = std::clamp(stream_bytes / (bytes_per_text_byte * plan.chunk_bytes),
                                     std::size_t{1}, chunks_most);
  auto const flow_bytes = plan.chunks_in_flight * bytes_per_text_byte * plan.chunk_bytes;
  plan.documents_max =
      (plan.host_bytes - std::min(flow_bytes, plan.host_bytes)) / bytes_per_document;
  return plan;
}

}  // namespace sluice::tool
