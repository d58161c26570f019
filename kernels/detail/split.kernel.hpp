// The bodies of split: marks are counted in fixed blocks of the text, block counts are scanned, and
// every mark then knows which piece it ends and which one begins behind it.
//
//   Flow     split_count: marks per block -> scan -> pieces per segment -> scan -> count.
//            split_table: segments write their first start and their tail, marks the end of their
//            piece and the start of the next; then lengths follow from starts and ends.
//
// The plan: marks before each block, and in all; pieces before each segment, and in all; marks
// before each segment. On a host it stays unwritten: there the text is walked twice.

#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <sluice/kernels/detail/split_marks.hpp>
#include <sluice/kernels/detail/split_walk.hpp>

namespace sluice::detail {

inline constexpr std::uint32_t split_block = 256;

constexpr std::size_t split_blocks(std::size_t bytes) noexcept {
  return (bytes + split_block - 1) / split_block;
}

constexpr std::size_t split_plan_elements(text_extent const& extent) noexcept {
  return split_blocks(extent.bytes) + 1 + 2 * (extent.segments + 1);
}

constexpr std::size_t split_scratch_bytes(text_extent const& extent) noexcept {
  auto const blocks = split_blocks(extent.bytes) + 1;
  auto const longest = blocks > extent.segments + 1 ? blocks : extent.segments + 1;
  return scratch_base_bytes + scan_scratch_bytes(longest);
}

// U is std::uint32_t, const where the plan is only read.
template <class U>
struct split_plan {
  split_plan(split_source const& from, U* memory)
      : marks_before_block(memory),
        pieces_before(memory + split_blocks(from.bytes) + 1),
        marks_before(pieces_before + from.segment_count + 1) {}

  U* marks_before_block;
  U* pieces_before;
  U* marks_before;
};

struct count_marks_of_block {
  split_source from;
  std::uint32_t* marks;

  SLUICE_HD void operator()(std::size_t block) const {
    auto const first = static_cast<std::uint32_t>(block) * split_block;
    auto const last = from.bytes - first < split_block ? from.bytes : first + split_block;
    std::uint32_t count = 0;
    for (auto at = first; at < last; ++at) count += is_mark(from, at) ? 1 : 0;
    marks[block] = count;
  }
};

struct count_pieces_of_segment {
  split_source from;
  split_plan<std::uint32_t> plan;

  SLUICE_HD void operator()(std::size_t i) const {
    auto const& segment = from.segments[i];
    std::uint32_t marks = 0;
    if (from.rule.mode != split_mode::file) {
      auto const before = marks_before(segment.offset);
      marks = marks_before(segment.offset + segment.bytes) - before;
      plan.marks_before[i] = before;
    }
    plan.pieces_before[i] = marks + (has_tail(from, segment) ? 1 : 0);
  }

  SLUICE_HD std::uint32_t marks_before(std::uint32_t end) const {
    auto const block = end / split_block;
    auto count = plan.marks_before_block[block];
    for (auto at = block * split_block; at < end; ++at) count += is_mark(from, at) ? 1 : 0;
    return count;
  }
};

struct set_element {
  std::uint32_t* to;
  std::uint32_t value;
  SLUICE_HD void operator()(std::size_t) const { *to = value; }
};

struct copy_element {
  std::uint32_t* to;
  std::uint32_t const* from;
  SLUICE_HD void operator()(std::size_t) const { *to = *from; }
};

template <class Exec>
void count_by_blocks(Exec const& on, split_source const& from, std::uint32_t* plan_memory,
                     std::uint32_t* count) {
  scratch_arena scratch(on);
  split_plan<std::uint32_t> const plan(from, plan_memory);
  if (from.rule.mode != split_mode::file) {
    auto const blocks = split_blocks(from.bytes);
    for_each_index(on, blocks, count_marks_of_block{from, plan.marks_before_block});
    for_each_index(on, 1, set_element{plan.marks_before_block + blocks, 0});
    scan_in_place(on, scratch, plan.marks_before_block, blocks + 1);
  }
  auto const segments = from.segment_count;
  for_each_index(on, segments, count_pieces_of_segment{from, plan});
  for_each_index(on, 1, set_element{plan.pieces_before + segments, 0});
  scan_in_place(on, scratch, plan.pieces_before, std::size_t{segments} + 1);
  for_each_index(on, 1, copy_element{count, plan.pieces_before + segments});
}

// A table too small for its text is a mistake of the caller; it must not become a wild write.
struct piece_table {
  piece* pieces;
  std::uint32_t size;

  SLUICE_HD void begin(std::uint32_t i, std::uint32_t at, bool begins) const {
    if (i >= size) return;
    pieces[i].offset = at;
    pieces[i].begins = begins ? 1 : 0;
  }
  // Until lengths are known, a piece's length is the byte it ends at.
  SLUICE_HD void end(std::uint32_t i, std::uint32_t at, bool ends) const {
    if (i >= size) return;
    pieces[i].length = at;
    pieces[i].ends = ends ? 1 : 0;
  }
};

struct write_ends_of_segment {
  split_source from;
  split_plan<std::uint32_t const> plan;
  piece_table table;

  SLUICE_HD void operator()(std::size_t i) const {
    auto const first = plan.pieces_before[i];
    auto const behind = plan.pieces_before[i + 1];
    if (first == behind) return;
    auto const& segment = from.segments[i];
    bool const begins = begins_document(from, segment);
    // Where a document begins behind blank lines is known to the thread that finds it there.
    if (!begins || from.rule.mode != split_mode::blank) table.begin(first, segment.offset, begins);
    if (has_tail(from, segment))
      table.end(behind - 1, segment.offset + segment.bytes, segment.ends_file != 0);
  }
};

struct write_marks_of_block {
  split_source from;
  split_plan<std::uint32_t const> plan;
  piece_table table;

  SLUICE_HD void operator()(std::size_t block) const {
    auto const first = static_cast<std::uint32_t>(block) * split_block;
    auto const last = from.bytes - first < split_block ? from.bytes : first + split_block;
    auto rank = plan.marks_before_block[block];
    if (from.rule.mode == split_mode::blank) return write_runs(first, last, rank);
    if (rank == plan.marks_before_block[block + 1]) return;
    for (auto at = first; at < last; ++at) {
      if (!is_mark(from, at)) continue;
      auto const segment = segment_at(from, at);
      auto const i = plan.pieces_before[segment] + rank - plan.marks_before[segment];
      table.end(i, at, true);
      if (i + 1 < plan.pieces_before[segment + 1])
        table.begin(i + 1, behind_mark(from, from.segments[segment], at), true);
      ++rank;
    }
  }

  // A run may start in another block than the mark before it, however many blank lines are between.
  SLUICE_HD void write_runs(std::uint32_t first, std::uint32_t last, std::uint32_t rank) const {
    auto index = segment_at(from, first);
    for (auto at = first; at < last; ++at) {
      while (index + 1 < from.segment_count && from.segments[index + 1].offset <= at) ++index;
      auto const& segment = from.segments[index];
      auto const i = plan.pieces_before[index] + rank - plan.marks_before[index];
      if (starts_run(from, segment, at)) table.begin(i, at, true);
      if (!ends_run(from, segment, at)) continue;
      table.end(i, at, true);
      ++rank;
    }
  }
};

struct finish_piece {
  split_source from;
  split_plan<std::uint32_t const> plan;
  piece_table table;

  SLUICE_HD void operator()(std::size_t i) const {
    auto& each = table.pieces[i];
    if (i >= plan.pieces_before[from.segment_count]) {
      each = piece();
      return;
    }
    auto const end = each.ends != 0 ? contents_end(from, each.offset, each.length) : each.length;
    each.length = end - each.offset;
    each.unused = 0;
  }
};

template <class Exec>
void table_by_blocks(Exec const& on, split_source const& from, std::uint32_t const* plan_memory,
                     piece* pieces, std::size_t size) {
  split_plan<std::uint32_t const> const plan(from, plan_memory);
  piece_table const table{pieces, static_cast<std::uint32_t>(size)};
  for_each_index(on, from.segment_count, write_ends_of_segment{from, plan, table});
  if (from.rule.mode != split_mode::file)
    for_each_index(on, split_blocks(from.bytes), write_marks_of_block{from, plan, table});
  for_each_index(on, size, finish_piece{from, plan, table});
}

struct split_count_body {
  static constexpr char const* name = "split_count";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<text_segment> segments, split_rule rule,
                  bool at_start, out<std::uint32_t> plan, out<std::uint32_t> count) {
    auto const from = source_of(on, text, segments, rule, at_start);
    if constexpr (std::is_same_v<Exec, host_exec>)
      *on.data(count) = count_by_walking(from);
    else
      count_by_blocks(on, from, on.data(plan), on.data(count));
  }
};

struct split_table_body {
  static constexpr char const* name = "split_table";

  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<text_segment> segments, split_rule rule,
                  bool at_start, in<std::uint32_t> plan, out<piece> pieces) {
    auto const from = source_of(on, text, segments, rule, at_start);
    if constexpr (std::is_same_v<Exec, host_exec>)
      table_by_walking(from, on.data(pieces), pieces.size());
    else
      table_by_blocks(on, from, on.data(plan), on.data(pieces), pieces.size());
  }
};

}  // namespace sluice::detail

#ifdef __CUDACC__
SLUICE_REGISTER_KERNEL(sluice::detail::split_count_body)
SLUICE_REGISTER_KERNEL(sluice::detail::split_table_body)
#endif
