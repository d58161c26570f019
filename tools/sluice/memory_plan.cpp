#include <sluice/tools/memory_plan.hpp>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <sluice/kernels/hash.hpp>
#include <sluice/kernels/pack.hpp>
#include <sluice/kernels/split.hpp>
#include <sluice/kernels/text.hpp>
#include <sluice/kernels/utf8.hpp>
#include <sluice/tools/document_index.hpp>
#include <sluice/tools/sizes.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

constexpr std::size_t chunk_bytes_least = 8 * kib;
constexpr std::size_t chunk_bytes_most = mib;             // above it caches are missed
constexpr std::size_t device_chunk_bytes_most = 4 * mib;  // a device wants more work at once
constexpr std::size_t chunks_least = 8;                   // one per stage, and one on its way
constexpr std::size_t chunks_most = 16;
constexpr std::size_t open_texts_least = 2;
constexpr std::size_t open_texts_most = 16;
constexpr std::size_t text_bytes_per_piece = 16;
// A chunk in flight with all its tables: 4.25 bytes a byte of text at most, and a share of what
// bodies hold besides.
constexpr std::size_t flow_bytes_per_text_byte = 6;
// Free device memory is in pieces: half of it may be of no use to a large request.
constexpr std::size_t device_share = 2;

// What the store charges for one chunk of memory.
std::size_t charged(std::size_t bytes) {
  std::size_t const unit = bytes < 64 * kib ? 256 : 4096;
  return (bytes + unit - 1) / unit * unit;
}

template <class T>
std::size_t charged(std::size_t count) {
  return charged(count * sizeof(T));
}

// The sizes of what belongs to one chunk, with as many pieces and segments as it may have.
class chunk_sizes {
 public:
  explicit chunk_sizes(std::size_t chunk_bytes)
      : count(chunk_bytes / text_bytes_per_piece),
        text(charged(chunk_bytes)),
        segments(charged<text_segment>(count)),
        pieces(charged<piece>(count)),
        flags(charged<std::uint8_t>(count)),
        hashes(charged<std::uint64_t>(count)),
        tokens(charged<std::uint16_t>(chunk_bytes + count)),
        split_scratch(charged<std::uint32_t>(split_plan_size({chunk_bytes, count})) +
                      charged(split_workspace_bytes({chunk_bytes, count})) + 2 * charged(4)),
        pack_scratch(charged(pack_workspace_bytes(count))) {}

  std::size_t count;
  std::size_t text, segments, pieces, flags, hashes, tokens, split_scratch, pack_scratch;
};

void require_least(char const* option, std::size_t bytes, std::size_t least) {
  if (bytes >= least) return;
  throw usage_error(fmt::format("{}: {} is too small; give at least {}", option, exact_size(bytes),
                                exact_size(least)));
}

// The most documents whose index takes at most `bytes`: whole segments, found by halving.
std::size_t documents_in(std::size_t bytes) {
  std::size_t least = 0;
  std::size_t most =
      std::min(bytes / sizeof(document_entry), std::size_t{document_index::none} - 1);
  while (least < most) {
    std::size_t const middle = most - (most - least) / 2;
    if (document_index::bytes_for(middle) <= bytes)
      least = middle;
    else
      most = middle - 1;
  }
  return least;
}

void choose_chunks(memory_plan& plan, std::optional<std::size_t> device_bytes) {
  std::size_t room = plan.host_bytes / 2;
  if (device_bytes) room = std::min(room, *device_bytes / device_share);
  std::size_t const most = device_bytes ? device_chunk_bytes_most : chunk_bytes_most;
  std::size_t const fitting = std::bit_floor(room / (flow_bytes_per_text_byte * chunks_least));
  plan.chunk_bytes = std::clamp(fitting, chunk_bytes_least, most);
  plan.pieces_max = plan.chunk_bytes / text_bytes_per_piece;
  plan.chunks_in_flight =
      std::clamp(room / (flow_bytes_per_text_byte * plan.chunk_bytes), chunks_least, chunks_most);
  plan.open_texts = std::clamp(room / (16 * plan.chunk_bytes), open_texts_least, open_texts_most);
}

}  // namespace

std::size_t held_on_host(std::size_t chunk_bytes, std::size_t open_texts) {
  chunk_sizes const of(chunk_bytes);
  std::size_t const reader = 2 * of.text + of.segments;  // the buffer, and what it is copied to
  std::size_t const dedup = of.pieces + 2 * of.flags + of.hashes + of.segments;
  std::size_t const compared = open_texts * (of.text + of.pieces);
  std::size_t const write = of.tokens + of.pieces + of.flags;
  return reader + dedup + compared + write;
}

std::size_t held_by_kernels(std::size_t chunk_bytes) {
  chunk_sizes const of(chunk_bytes);
  std::size_t const split = of.text + of.segments + of.split_scratch + of.pieces;
  std::size_t const utf8 = of.text + of.pieces + of.flags + charged<utf8_state>(1);
  std::size_t const hash = of.text + of.pieces + of.hashes + charged<hash_state>(1);
  std::size_t const tokenise = of.text + of.pieces + of.flags + of.pack_scratch + of.tokens;
  return split + utf8 + hash + tokenise;
}

std::size_t default_memory_bytes(machine const& world) {
  return std::max(world.memory_bytes() / 2, memory_bytes_least);
}

memory_plan plan_memory(memory_limits const& limits) {
  require_least("--memory", limits.memory_bytes, memory_bytes_least);
  memory_plan plan{};
  plan.control_bytes = std::clamp(limits.memory_bytes / 4, 4 * mib, 256 * mib);
  auto const data_bytes = limits.memory_bytes - plan.control_bytes;
  plan.writer_bytes = std::clamp(data_bytes / 64, 16 * kib, mib);
  if (limits.device_bytes) {
    require_least("--device-memory", *limits.device_bytes, device_memory_bytes_least);
    plan.pinned_bytes = std::min(data_bytes / 4, 256 * mib);
  }
  plan.host_bytes = data_bytes - plan.writer_bytes - plan.pinned_bytes;

  choose_chunks(plan, limits.device_bytes);
  plan.held_bytes = held_on_host(plan.chunk_bytes, plan.open_texts);
  if (!limits.device_bytes) plan.held_bytes += held_by_kernels(plan.chunk_bytes);
  plan.documents_max = documents_in(plan.host_bytes - plan.held_bytes);
  return plan;
}

}  // namespace sluice::tool
