#include <sluice/tools/utf8_fault.hpp>

namespace sluice::tool {

void utf8_fault_finder::add(std::string_view bytes) noexcept {
  for (char const c : bytes) {
    if (fault_) return;
    auto const byte = static_cast<std::uint8_t>(c);
    if (missing_ == 0) {
      start_ = offset_;
      if (!starts_character(byte)) fault_ = utf8_fault{start_, "invalid start byte"};
    } else if (byte < least_ || byte > most_) {
      fault_ = utf8_fault{start_, "invalid continuation byte"};
    } else {
      --missing_;
      least_ = 0x80;
      most_ = 0xBF;
    }
    ++offset_;
  }
}

void utf8_fault_finder::end() noexcept {
  if (!fault_ && missing_ != 0) fault_ = utf8_fault{start_, "unexpected end of data"};
}

bool utf8_fault_finder::starts_character(std::uint8_t byte) noexcept {
  least_ = 0x80;
  most_ = 0xBF;
  if (byte < 0x80) return true;
  if (byte < 0xC2 || byte > 0xF4) return false;
  missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  if (byte == 0xE0) least_ = 0xA0;  // below: a form longer than needed
  if (byte == 0xED) most_ = 0x9F;   // above: surrogates
  if (byte == 0xF0) least_ = 0x90;  // below: a form longer than needed
  if (byte == 0xF4) most_ = 0x8F;   // above: beyond U+10FFFF
  return true;
}

}  // namespace sluice::tool
