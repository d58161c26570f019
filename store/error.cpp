#include <sluice/store/error.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>

namespace sluice {

namespace {

std::string bytes_text(std::size_t bytes) {
  return std::to_string(bytes) + " bytes";
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, value);
  return text;
}

std::string memory_name(location pool) {
  return name_of(pool) + " memory";
}

}  // namespace

out_of_memory::out_of_memory(location pool, std::size_t asked_bytes, std::size_t limit_bytes,
                             std::size_t used_bytes)
    : error(error_kind::out_of_memory,
            "out of " + memory_name(pool) + ": asked for " + bytes_text(asked_bytes) + ", " +
                std::to_string(used_bytes) + " of " + std::to_string(limit_bytes) +
                " are in use and none of them can leave; raise the limit, or hold fewer readings "
                "and writers open at once"),
      pool_(pool),
      asked_(asked_bytes),
      limit_(limit_bytes),
      used_(used_bytes) {}

object_too_large::object_too_large(location pool, std::size_t asked_bytes, std::size_t limit_bytes)
    : error(error_kind::object_too_large,
            "object too large: " + bytes_text(asked_bytes) + " can never fit in " +
                memory_name(pool) + ", which holds at most " + std::to_string(limit_bytes) +
                " in one piece; raise the limit or make smaller chunks"),
      asked_(asked_bytes),
      limit_(limit_bytes) {}

out_of_disk::out_of_disk(std::string_view where, std::size_t asked_bytes, std::size_t limit_bytes,
                         std::size_t used_bytes)
    : error(error_kind::out_of_disk,
            "out of disk: no room for " + bytes_text(asked_bytes) + " in " + std::string(where) +
                (limit_bytes - std::min(used_bytes, limit_bytes) < asked_bytes
                     ? ", " + std::to_string(used_bytes) + " of " + std::to_string(limit_bytes) +
                           " are in use; raise the limit"
                     : ", whose disk is full; " + std::to_string(used_bytes) +
                           " bytes of it are chunks; free some room") +
                ", or choose another folder") {}

corruption::corruption(std::string_view what, std::uint64_t expected_checksum,
                       std::uint64_t found_checksum)
    : error(error_kind::corruption, "corrupt data: " + std::string(what) +
                                        " was written with checksum " + hex(expected_checksum) +
                                        " and read back with " + hex(found_checksum) +
                                        "; check the disk, or spill to another one") {}

}  // namespace sluice
