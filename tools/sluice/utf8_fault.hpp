// Where a document stops being UTF-8, and how: for people who look for it. Whether a document is
// valid says the kernel.
//
//   Units    bytes from the start of the document.
//   Threads  one at a time.
//   Source   RFC 3629, section 4; the kinds are those that Python's decoder tells apart.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::tool {

struct utf8_fault {
  std::uint64_t offset;   // of the first byte of the character that is none
  std::string_view kind;  // "invalid start byte", "invalid continuation byte", ...
};

class utf8_fault_finder {
 public:
  // The next bytes of the document; afterwards end() where it ends with them.
  void add(std::string_view bytes) noexcept;
  void end() noexcept;

  std::optional<utf8_fault> const& fault() const noexcept { return fault_; }

 private:
  bool starts_character(std::uint8_t byte) noexcept;

  std::optional<utf8_fault> fault_;  // the first one; nothing is looked at behind it
  std::uint64_t offset_ = 0;         // of the next byte
  std::uint64_t start_ = 0;          // of the character it belongs to
  int missing_ = 0;                  // bytes of that character
  std::uint8_t least_ = 0;           // for the next of them
  std::uint8_t most_ = 0;
};

}  // namespace sluice::tool
