#include <sluice/store/detail/spill_space.hpp>

#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <new>
#include <optional>

#include <sluice/store/error.hpp>

namespace sluice::detail {

namespace {

// Hashed and written in steps of this size, so that the bytes are still in the cache.
constexpr std::size_t io_bytes = std::size_t{512} << 10;

class checksum_state {
 public:
  checksum_state() : state_(XXH3_createState()) {
    if (state_ == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset(state_);
  }
  ~checksum_state() { XXH3_freeState(state_); }
  checksum_state(checksum_state const&) = delete;
  checksum_state& operator=(checksum_state const&) = delete;

  void add(std::span<std::byte const> bytes) {
    XXH3_64bits_update(state_, bytes.data(), bytes.size());
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_); }

 private:
  XXH3_state_t* const state_;
};

bool no_room(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}
bool is_passing(int error_number) {
  return error_number == EINTR || error_number == EAGAIN;
}

// Calls each(part, offset) for the parts of `bytes` that lie in the pieces of `room`.
template <class Span, class Each>
void for_each_step(disk_room const& room, Span bytes, Each each) {
  for (disk_extent const& extent : room) {
    std::size_t const here = std::min(extent.bytes, bytes.size());
    for (std::size_t at = 0; at < here; at += io_bytes)
      each(extent, extent.offset + at, bytes.subspan(at, std::min(io_bytes, here - at)));
    bytes = bytes.subspan(here);
  }
}

}  // namespace

spill_space::spill_space(disk& files, std::string folder, ledger& account)
    : files_(files), folder_(std::move(folder)), account_(account) {}

std::size_t spill_space::round(std::size_t bytes) noexcept {
  return (bytes + disk_unit - 1) / disk_unit * disk_unit;
}

disk_room spill_space::take(std::size_t rounded) {
  disk_room room;
  if (take_best_fit(rounded, room)) return room;
  std::size_t missing = rounded;
  bool growing = true;
  try {
    while (missing != 0) {
      growing = growing && grow(missing, room);
      if (!growing && !take_largest(missing, room)) {
        auto const now = account_.figures();
        throw out_of_disk("spill folder " + folder_, rounded, now.limit_bytes,
                          now.used_bytes - std::min(now.used_bytes, rounded));
      }
      missing -= room.back().bytes;
    }
  } catch (...) {
    give(room);
    throw;
  }
  return room;
}

bool spill_space::take_best_fit(std::size_t bytes, disk_room& room) {
  std::scoped_lock const lock(mutex_);
  std::optional<std::size_t> best;
  std::map<std::uint64_t, std::size_t>::iterator best_range;
  for (std::size_t i = 0; i < segments_.size(); ++i)
    for (auto each = segments_[i].free.begin(); each != segments_[i].free.end(); ++each)
      if (each->second >= bytes && (!best || each->second < best_range->second)) {
        best = i;
        best_range = each;
      }
  if (best) take_from(*best, best_range, bytes, room);
  return best.has_value();
}

bool spill_space::take_largest(std::size_t bytes_max, disk_room& room) {
  std::scoped_lock const lock(mutex_);
  std::optional<std::size_t> largest;
  std::map<std::uint64_t, std::size_t>::iterator range;
  for (std::size_t i = 0; i < segments_.size(); ++i)
    for (auto each = segments_[i].free.begin(); each != segments_[i].free.end(); ++each)
      if (!largest || each->second > range->second) {
        largest = i;
        range = each;
      }
  if (largest) take_from(*largest, range, std::min(bytes_max, range->second), room);
  return largest.has_value();
}

// From the front, so that what is spilled in a row lies in a row.
void spill_space::take_from(std::size_t index, std::map<std::uint64_t, std::size_t>::iterator range,
                            std::size_t bytes, disk_room& room) {
  room.reserve(room.size() + 1);
  disk_extent taken;
  taken.segment = index;
  taken.offset = range->first;
  taken.bytes = bytes;
  segment& in = segments_[index];
  auto rest = in.free.extract(range);
  rest.key() += bytes;
  rest.mapped() -= bytes;
  if (rest.mapped() != 0) in.free.insert(std::move(rest));
  in.used += bytes;
  room.push_back(taken);
}

std::size_t spill_space::growing_segment() {
  std::size_t closed = segments_.size();
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].file == nullptr)
      closed = std::min(closed, i);
    else if (segments_[i].size < segment_bytes_max)
      return i;
  }
  if (closed == segments_.size()) segments_.emplace_back();
  return closed;
}

// False at the limit, and where the file system has no room. Files grow in large steps: a file
// system gives a file of many small extents back one by one.
bool spill_space::grow(std::size_t bytes_max, disk_room& room) {
  return grow_by(std::max(bytes_max, growth_bytes), bytes_max, room) ||
         grow_by(bytes_max, bytes_max, room);
}

bool spill_space::grow_by(std::size_t step_bytes, std::size_t bytes_max, disk_room& room) {
  room.reserve(room.size() + 1);
  disk_extent taken;
  std::size_t grown = 0;
  std::shared_ptr<disk_file> file;
  {
    std::scoped_lock const lock(mutex_);
    std::size_t const below_limit = account_.limit_bytes() / disk_unit * disk_unit - total_bytes_;
    if (below_limit == 0) return false;
    taken.segment = growing_segment();
    segment& in = segments_[taken.segment];
    taken.offset = in.size;
    grown = std::min({step_bytes, below_limit, segment_bytes_max - in.size});
    taken.bytes = std::min(bytes_max, grown);
    file = in.file;
    in.size += grown;
    in.used += taken.bytes;  // so that nobody closes it meanwhile
    total_bytes_ += grown;
  }
  int failed = 0;
  std::exception_ptr refused;
  try {
    if (file == nullptr) file = files_.open_unnamed(folder_);
    do failed = file->allocate(taken.offset, grown);
    while (is_passing(failed));
  } catch (...) {
    refused = std::current_exception();
  }
  {
    std::scoped_lock const lock(mutex_);
    segment& in = segments_[taken.segment];
    if (failed == 0 && !refused) {
      in.file = std::move(file);
      room.push_back(taken);
      add_free(in, taken.offset + taken.bytes, grown - taken.bytes);
      return true;
    }
    in.size -= grown;
    in.used -= taken.bytes;
    total_bytes_ -= grown;
    if (in.used == 0) file = close(in);
  }
  if (refused) std::rethrow_exception(refused);
  if (no_room(failed)) return false;
  throw io_error("reserve room in a spill file in " + folder_, failed,
                 "choose another spill folder");
}

std::uint64_t spill_space::taken_bytes() {
  std::scoped_lock const lock(mutex_);
  std::uint64_t taken = 0;
  for (segment const& each : segments_) taken += each.used;
  return taken;
}

void spill_space::give(disk_room const& room) noexcept {
  for (disk_extent const& each : room) give(each);
}

void spill_space::give(disk_extent const& extent) noexcept {
  std::shared_ptr<disk_file> closing;  // outside the lock: giving blocks back takes a while
  std::scoped_lock const lock(mutex_);
  segment& in = segments_[extent.segment];
  in.used -= extent.bytes;
  if (in.used == 0) {
    closing = close(in);
    return;
  }
  add_free(in, extent.offset, extent.bytes);
}

// False without memory to note it: then the range is lost until its segment is empty.
bool spill_space::add_free(segment& in, std::uint64_t offset, std::size_t bytes) noexcept {
  if (bytes == 0) return true;
  auto const next = in.free.upper_bound(offset);
  bool const joins_next = next != in.free.end() && next->first == offset + bytes;
  if (next != in.free.begin()) {
    auto const before = std::prev(next);
    if (before->first + before->second == offset) {
      before->second += bytes + (joins_next ? next->second : 0);
      if (joins_next) in.free.erase(next);
      return true;
    }
  }
  if (joins_next) {
    auto grown = in.free.extract(next);
    grown.key() = offset;
    grown.mapped() += bytes;
    in.free.insert(std::move(grown));
    return true;
  }
  try {
    in.free.emplace(offset, bytes);
    return true;
  } catch (...) {
    return false;
  }
}

std::shared_ptr<disk_file> spill_space::close(segment& empty) noexcept {
  std::shared_ptr<disk_file> file = std::move(empty.file);
  total_bytes_ -= empty.size;
  empty.size = 0;
  empty.free.clear();
  return file;
}

std::shared_ptr<disk_file> spill_space::file_of(std::size_t index) {
  std::scoped_lock const lock(mutex_);
  return segments_[index].file;
}

std::string spill_space::name_of(disk_extent const& extent) const {
  return "offset " + std::to_string(extent.offset) + " of spill file " +
         std::to_string(extent.segment) + " in " + folder_;
}

std::uint64_t spill_space::write(disk_room const& room, std::span<std::byte const> from) {
  checksum_state checksum;
  for_each_step(room, from, [&](disk_extent const& extent, std::uint64_t offset, auto part) {
    checksum.add(part);
    auto const file = file_of(extent.segment);
    while (!part.empty()) {
      auto const [bytes, failed] = file->write(part, offset);
      if (is_passing(failed)) continue;
      if (no_room(failed)) {
        auto const now = account_.figures();
        throw out_of_disk("spill folder " + folder_, from.size(), now.limit_bytes, now.used_bytes);
      }
      if (failed != 0 || bytes == 0)
        throw io_error("write " + name_of(extent), failed != 0 ? failed : EIO,
                       "check the disk, or choose another spill folder");
      part = part.subspan(bytes);
      offset += bytes;
    }
  });
  return checksum.value();
}

void spill_space::read(disk_room const& room, std::span<std::byte> into, std::uint64_t expected) {
  checksum_state checksum;
  for_each_step(room, into, [&](disk_extent const& extent, std::uint64_t offset, auto whole) {
    auto const file = file_of(extent.segment);
    for (auto part = whole; !part.empty();) {
      auto const [bytes, failed] = file->read(part, offset);
      if (is_passing(failed)) continue;
      if (failed != 0 || bytes == 0)
        throw io_error("read " + name_of(extent), failed != 0 ? failed : EIO,
                       "check the disk; what was spilled there may be lost");
      part = part.subspan(bytes);
      offset += bytes;
    }
    checksum.add(whole);
  });
  if (checksum.value() != expected)
    throw corruption(
        "a chunk of " + std::to_string(into.size()) + " bytes at " + name_of(room.front()),
        expected, checksum.value());
}

spilled_bytes::spilled_bytes(spill_space& space, reservation charge,
                             std::span<std::byte const> from)
    : space_(&space), room_(space.take(charge.bytes())), charge_(std::move(charge)) {
  try {
    checksum_ = space.write(room_, from);
  } catch (...) {
    give_back();
    throw;
  }
}

void spilled_bytes::swap(spilled_bytes& other) noexcept {
  std::swap(space_, other.space_);
  std::swap(room_, other.room_);
  std::swap(checksum_, other.checksum_);
  std::swap(charge_, other.charge_);
}

void spilled_bytes::give_back() noexcept {
  if (space_ != nullptr) space_->give(room_);
  space_ = nullptr;
  room_.clear();
  charge_.give_back();
}

}  // namespace sluice::detail
