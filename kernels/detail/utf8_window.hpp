// Strict UTF-8, decided byte by byte from the three bytes before.
//
//   Threads  a plain value.
//   Source   RFC 3629, section 4. Looking back, rather than decoding forward, makes the verdict on
//            a byte independent of where one starts: after Keiser and Lemire, "Validating UTF-8 In
//            Less Than One Instruction Per Byte" (2020).

#pragma once

#include <cstdint>

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/utf8.hpp>

namespace sluice::detail {

// The last three bytes seen; zeros stand for what is before the start of a document.
struct utf8_window {
  std::uint8_t third_last = 0;
  std::uint8_t second_last = 0;
  std::uint8_t last = 0;

  // Whether a character has begun and must go on.
  SLUICE_HD bool is_open() const {
    return last >= 0xC0 || second_last >= 0xE0 || third_last >= 0xF0;
  }

  // Whether `next` can stand behind the bytes seen.
  SLUICE_HD bool allows(std::uint8_t next) const {
    bool const continues = (next & 0xC0) == 0x80;
    if (continues != is_open()) return false;
    if (!continues) return next < 0xC0 || (next >= 0xC2 && next <= 0xF4);
    if (last == 0xE0) return next >= 0xA0;  // below: a form longer than needed
    if (last == 0xED) return next < 0xA0;   // above: surrogates
    if (last == 0xF0) return next >= 0x90;  // below: a form longer than needed
    if (last == 0xF4) return next < 0x90;   // above: beyond U+10FFFF
    return true;
  }

  SLUICE_HD void push(std::uint8_t next) {
    third_last = second_last;
    second_last = last;
    last = next;
  }
};

SLUICE_HD inline utf8_window window_of(utf8_state const& open) {
  return {open.third_last, open.second_last, open.last};
}

// The window behind the first `count` bytes of a piece that started with the window `before`.
SLUICE_HD inline utf8_window window_behind(utf8_window before, std::uint8_t const* bytes,
                                           std::uint32_t count) {
  for (auto i = count < 3 ? 0 : count - 3; i < count; ++i) before.push(bytes[i]);
  return before;
}

}  // namespace sluice::detail
