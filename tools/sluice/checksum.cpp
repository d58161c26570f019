#include <sluice/tools/checksum.hpp>

#include <xxhash.h>

#include <new>

#include <fmt/format.h>

#include <sluice/tools/files.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t read_bytes = 256 * 1024;

XXH64_state_t* state_of(void* state) noexcept {
  return static_cast<XXH64_state_t*>(state);
}

}  // namespace

checksum::checksum() : state_(XXH64_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH64_reset(state_of(state_.get()), 0);
}

void checksum::release::operator()(void* state) const noexcept {
  XXH64_freeState(state_of(state));
}

void checksum::add(std::span<std::byte const> bytes) noexcept {
  if (!bytes.empty()) XXH64_update(state_of(state_.get()), bytes.data(), bytes.size());
}

std::uint64_t checksum::value() const noexcept {
  return XXH64_digest(state_of(state_.get()));
}

file_sum sum_of_file(std::string const& path) {
  file_handle const file = open_for_reading(path);
  auto const buffer = std::make_unique<std::byte[]>(read_bytes);
  std::span<std::byte> const room(buffer.get(), read_bytes);
  checksum sum;
  std::uint64_t bytes = 0;
  for (;;) {
    auto const got = read_at(file, path, bytes, room);
    sum.add(room.first(got));
    bytes += got;
    if (got < room.size()) return {bytes, sum.value()};
  }
}

std::string hex_of(std::uint64_t xxh64) {
  return fmt::format("{:016x}", xxh64);
}

}  // namespace sluice::tool
