// Kernels that are watched: they run alone, and device memory outside their views is garbage
// meanwhile. What they write there shows, and what they read there makes two runs differ.

#include <algorithm>
#include <cstring>
#include <string>

#include <sluice/cuda/detail/sim_driver.hpp>

namespace sluice::detail {

namespace {

using bytes = std::vector<std::byte>;

std::byte* at(std::uintptr_t where) noexcept {
  return reinterpret_cast<std::byte*>(where);
}

std::vector<bytes> copies_of(std::vector<byte_range> const& ranges) {
  std::vector<bytes> made;
  made.reserve(ranges.size());
  for (byte_range const each : ranges) made.emplace_back(at(each.begin), at(each.end));
  return made;
}

void put_back(std::vector<byte_range> const& ranges, std::vector<bytes> const& content) noexcept {
  for (std::size_t i = 0; i < ranges.size(); ++i)
    std::memcpy(at(ranges[i].begin), content[i].data(), content[i].size());
}

// Sorted, and nothing twice.
std::vector<byte_range> united(std::vector<byte_range> ranges) {
  std::ranges::sort(ranges, {}, &byte_range::begin);
  std::vector<byte_range> made;
  for (byte_range const each : ranges) {
    if (each.size() == 0) continue;
    if (!made.empty() && each.begin <= made.back().end)
      made.back().end = std::max(made.back().end, each.end);
    else
      made.push_back(each);
  }
  return made;
}

// The parts of `whole` that no `declared` range covers.
void add_gaps(byte_range whole, std::vector<byte_range> const& declared,
              std::vector<byte_range>& gaps) {
  std::uintptr_t next = whole.begin;
  for (byte_range const each : declared) {
    if (each.end <= whole.begin || each.begin >= whole.end) continue;
    if (each.begin > next) gaps.push_back({next, each.begin});
    next = std::max(next, each.end);
  }
  if (next < whole.end) gaps.push_back({next, whole.end});
}

void fill(std::vector<byte_range> const& ranges, unsigned char value) noexcept {
  for (byte_range const each : ranges) std::memset(at(each.begin), value, each.size());
}

// The first run of bytes that are not `value`; empty when there is none.
byte_range first_change(std::vector<byte_range> const& ranges, unsigned char value) noexcept {
  auto const changed = [&](std::byte each) { return each != std::byte{value}; };
  for (byte_range const each : ranges) {
    std::byte const* const last = at(each.end);
    std::byte const* const found = std::find_if(at(each.begin), at(each.end), changed);
    if (found == last) continue;
    std::byte const* const end = std::find_if_not(found, last, changed);
    return {reinterpret_cast<std::uintptr_t>(found), reinterpret_cast<std::uintptr_t>(end)};
  }
  return {};
}

}  // namespace

bool sim_driver::watches_now() const noexcept {
  return watch_ != kernel_watch::nothing && !one_runs_alone_;
}

void sim_driver::run_watched(locked& lock, sim_stream& stream, sim_operation const& operation) {
  one_runs_alone_ = true;
  auto const others_run = [&] {
    return std::ranges::count_if(streams_, [](auto const& each) { return each.second.busy; }) > 1;
  };
  while (others_run()) ran_.wait(lock);
  std::vector<byte_range> extents, outside;
  memory_.for_each([&](byte_range extent) {
    if (memory_.in_device(extent)) extents.push_back(extent);
  });
  std::vector<byte_range> const declared = united(operation.ranges());
  for (byte_range const each : extents) add_gaps(each, declared, outside);

  guard_.open(extents);
  std::vector<bytes> const hidden = copies_of(outside);
  std::vector<bytes> const before = copies_of(declared);
  auto const garbage = static_cast<unsigned char>(0x11 + operation.number % 64);
  auto const run = [&](unsigned char value) {
    fill(outside, value);
    lock.unlock();
    failure_ref failure = outcome_of(operation);
    lock.lock();
    stream.failure = std::move(failure);
    byte_range const touched = first_change(outside, value);
    if (touched.size() != 0) report_undeclared(stream, operation, touched, true);
    return touched.size() == 0;
  };
  bool const clean = run(garbage);
  if (clean && stream.failure == nullptr && watch_ == kernel_watch::writes_and_reads) {
    std::vector<bytes> const first = copies_of(declared);
    put_back(declared, before);
    run(static_cast<unsigned char>(~garbage));
    std::vector<bytes> const second = copies_of(declared);
    for (std::size_t i = 0; i < declared.size(); ++i)
      if (second[i] != first[i]) report_undeclared(stream, operation, declared[i], false);
  }
  put_back(outside, hidden);
  guard_.close(extents);
  one_runs_alone_ = false;
}

void sim_driver::report_undeclared(sim_stream const& stream, sim_operation const& operation,
                                   byte_range touched, bool writes) {
  std::string const& name = std::get<sim_kernel>(operation.what).name;
  hazard_side side = hazards_.side_of(stream.noted, "kernel '" + name + "'", operation.noted);
  side.writes = true;
  hazards_.report(hazard_kind::undeclared_access, std::move(side), touched, 0,
                  writes ? "the kernel wrote here, and has no view of these bytes"
                         : "what the kernel left here follows from memory outside its views");
}

}  // namespace sluice::detail
