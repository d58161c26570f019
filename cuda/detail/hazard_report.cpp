// How a hazard is told: which works, whose memory, and the edge that is missing.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <sluice/cuda/detail/hazard_state.hpp>

namespace sluice::detail {

namespace {

constexpr unsigned kept_of_a_site = 8;
constexpr std::size_t kept_in_all = 1000;

std::string counted(std::uint64_t number) {
  return std::to_string(number);
}

[[noreturn]] void print_and_end(hazard const& found) {
  std::string const told = found.text() + found.json() + "\n";
  std::fflush(stdout);
  for (std::size_t done = 0; done < told.size();) {
    ssize_t const more = ::write(STDERR_FILENO, told.data() + done, told.size() - done);
    if (more <= 0) break;
    done += static_cast<std::size_t>(more);
  }
  std::_Exit(hazard_exit_code);
}

std::string name_of_work(work_kind kind, std::string const& name) {
  switch (kind) {
    case work_kind::kernel:
      return "kernel '" + name + "'";
    case work_kind::copy:
      return "copy " + name;
    case work_kind::host:
    case work_kind::free:
      return "host: " + name;
    case work_kind::none:
      break;
  }
  return {};
}

}  // namespace

std::string hazard_state::stream_text(std::uint32_t stream) const {
  noted_stream const& named = streams_[stream];
  if (stream == 0) return "the host";
  return "stream " + counted(named.handle) + " of device " +
         std::to_string(devices_[named.device].index);
}

void hazard_state::describe_memory(hazard_side& side, std::uint64_t allocation,
                                   byte_range range) const {
  side.bytes = range.size();
  auto const found = allocations_.find(allocation);
  if (found == allocations_.end()) {
    side.memory = "memory of the host that nobody told of";
    return;
  }
  noted_allocation const& of = found->second;
  side.allocation = of.number;
  std::uintptr_t const begin = std::max(range.begin, of.range.begin);
  side.offset = begin - of.range.begin;
  side.bytes = range.end - begin;
  side.memory = counted(of.range.size()) + " bytes of ";
  if (of.kind == memory_kind::device)
    side.memory += "device " + std::to_string(of.device);
  else
    side.memory += of.kind == memory_kind::pinned ? "pinned memory" : "host memory";
  if (of.is_extent) side.memory += ", a whole extent";
  if (of.user != 0) side.memory += ", handed to " + names_.at(of.user);
}

hazard_side hazard_state::side(noted_access const& access) const {
  hazard_side made;
  if (access.kind == work_kind::none) return made;
  noted_stream const& stream = streams_[access.stream];
  made.work = name_of_work(access.kind, names_.at(access.name));
  made.user = names_.at(access.user);
  if (access.stream != 0) made.device = devices_[stream.device].index;
  made.stream = stream.handle;
  made.number = access.number;
  made.writes = access.writes;
  describe_memory(made, access.allocation, access.range);
  return made;
}

std::string hazard_state::missing_edge(conflict const& found) const {
  noted_access const& earlier = found.earlier;
  noted_access const& later = found.later;
  if (found.kind == hazard_kind::uninitialised_read)
    return "nobody wrote these bytes since allocation " + counted(later.allocation) +
           " was handed out";
  if (earlier.kind == work_kind::none) {
    auto const freed = allocations_.find(later.allocation);
    std::string text = "allocation " + counted(later.allocation) + " was given back before";
    if (freed != allocations_.end() && freed->second.freed_before != 0)
      return text + " work " + counted(freed->second.freed_before);
    return text;
  }
  std::string const from = stream_text(earlier.stream);
  std::string event = "an event recorded on " + from + " behind work " + counted(earlier.number);
  if (!order_.was_released(earlier.by, earlier.when)) event += " (none was recorded there since)";
  std::string host = "the host never synced with, or found done, " + event;
  if (later.by == happens_before::host && later.kind == work_kind::copy)
    return host + "; a copy from pageable memory may read its source at the call";
  if (later.by == happens_before::host) return host;
  if (streams_[earlier.stream].device != streams_[later.stream].device)
    return host + "; streams of two devices are ordered through the host";
  return stream_text(later.stream) + " never waited for " + event;
}

void hazard_state::settle() {
  if (found_.empty()) [[likely]]
    return;
  for (conflict const& each : found_) settle(each);
  found_.clear();
}

void hazard_state::settle(conflict const& found) {
  noted_access const& earlier = found.earlier;
  noted_access const& later = found.later;
  if (!pairs_.emplace(found.kind, earlier.number, later.number).second) return;
  hazard made;
  made.kind = found.kind;
  made.earlier = side(earlier);
  made.later = side(later);
  made.missing = missing_edge(found);
  hazard_side overlap;
  describe_memory(overlap, later.allocation, found.overlap);
  made.overlap_offset = overlap.offset;
  made.overlap_bytes = overlap.bytes;
  if (!devices_.empty()) made.seed = devices_[streams_[later.stream].device].seed;
  keep(std::move(made), site(found.kind, earlier.name, earlier.stream, later.name, later.stream));
}

void hazard_state::keep(hazard made, site of) {
  if (options_.response == hazard_response::end_process) print_and_end(made);
  ++count_;
  if (kept_.size() < kept_in_all && kept_of_[of]++ < kept_of_a_site)
    kept_.push_back(std::move(made));
}

void hazard_state::end_for_host_access(std::uintptr_t at, bool writes) noexcept {
  hazard made;
  made.kind = hazard_kind::host_access;
  made.missing = "the memory of a device is for its kernels and copies; read a chunk at the host";
  made.overlap_bytes = 1;
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) {
    describe_memory(made.later, shadow_.allocation_at(at), {at, at + 1});
    made.overlap_offset = made.later.offset;
    if (!devices_.empty()) made.seed = devices_.front().seed;
  }
  made.later.work = "host code";
  made.later.writes = writes;
  print_and_end(made);
}

hazard_side hazard_state::side_of(stream_number stream, std::string work,
                                  std::uint64_t number) const {
  std::scoped_lock const lock(mutex_);
  hazard_side made;
  made.work = std::move(work);
  made.user = names_.at(streams_[stream].user);
  if (stream != 0) made.device = devices_[streams_[stream].device].index;
  made.stream = streams_[stream].handle;
  made.number = number;
  return made;
}

void hazard_state::report(hazard_kind kind, hazard_side later, byte_range touched,
                          std::uint64_t allocation, std::string missing) {
  if (!checks()) return;
  std::scoped_lock const lock(mutex_);
  if (!pairs_.emplace(kind, touched.begin, later.number).second) return;
  hazard made;
  made.kind = kind;
  if (allocation == 0) allocation = shadow_.allocation_at(touched.begin);
  describe_memory(later, allocation, touched);
  made.overlap_offset = later.offset;
  made.overlap_bytes = later.bytes;
  made.missing = std::move(missing);
  if (!devices_.empty()) made.seed = devices_.front().seed;
  site const of(kind, 0, 0, names_.number_of(later.work), 0);
  made.later = std::move(later);
  keep(std::move(made), of);
}

}  // namespace sluice::detail
