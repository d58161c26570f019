// The faster UTF-8 check for a CPU: ASCII by words, other characters one by one.
//
//   Threads  the caller's.
//
// Holds equal to the body in utf8.kernel.hpp, bit for bit; tests/kernels/utf8_test.cpp says so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sluice/kernels/detail/utf8_window.hpp>

namespace sluice::detail {

// Bytes at the front of `text` that are surely ASCII; it may stop up to 31 bytes early.
inline std::size_t ascii_prefix(std::uint8_t const* text, std::size_t size) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, text + at, 32);
    if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) break;
  }
  for (; at + 8 <= size; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text + at, 8);
    if ((word & high_bits) != 0) break;
  }
  return at;
}

// The length of the character at the front of four bytes, 0 when it is none.
inline std::size_t character_bytes(std::uint8_t const* at) {
  auto const continues = [&](std::size_t i) { return (at[i] & 0xC0) == 0x80; };
  auto const lead = at[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  utf8_window window;
  window.push(lead);
  if (!window.allows(at[1]) || !continues(2)) return 0;
  if (lead < 0xF0) return 3;
  return lead <= 0xF4 && continues(3) ? 4 : 0;
}

// Whether any of the `size` bytes cannot stand behind those before it.
inline bool has_bad_byte(std::uint8_t const* text, std::size_t size, utf8_window before) {
  std::size_t at = 0;
  for (; at < size && before.is_open(); ++at) {
    if (!before.allows(text[at])) return true;
    before.push(text[at]);
  }
  while (at + 4 <= size) {
    if (text[at] < 0x80) {
      auto const skipped = ascii_prefix(text + at, size - at);
      at += skipped != 0 ? skipped : 1;
      continue;
    }
    auto const length = character_bytes(text + at);
    if (length == 0) return true;
    at += length;
  }
  utf8_window window;  // no character is open at `at`, so what is before it does not matter
  for (; at < size; ++at) {
    if (!window.allows(text[at])) return true;
    window.push(text[at]);
  }
  return false;
}

// Where the text is known to be ASCII: so short documents need no look of their own.
struct ascii_run {
  std::uint8_t const* text;
  std::size_t size;
  std::size_t end = 0;

  bool covers(piece const& each) {
    auto const behind = std::size_t{each.offset} + each.length;
    if (behind <= end) return true;
    if (each.offset >= end)
      end = each.offset + ascii_prefix(text + each.offset, size - each.offset);
    return behind <= end;
  }
};

struct utf8_walk {
  std::uint8_t const* text;
  std::size_t size;
  piece const* pieces;
  std::size_t count;

  bool is_bad(piece const& each, utf8_state const& before) const {
    auto const* const bytes = text + each.offset;
    auto const window = window_of(before);
    return before.invalid != 0 || has_bad_byte(bytes, each.length, window) ||
           (each.ends != 0 && window_behind(window, bytes, each.length).is_open());
  }

  void run(utf8_state& open, std::uint8_t* invalid) const {
    ascii_run ascii{text, size};
    for (std::size_t i = 0; i < count; ++i) {
      auto const& each = pieces[i];
      if (each.begins != 0 && ascii.covers(each))
        invalid[i] = 0;
      else
        invalid[i] = is_bad(each, each.begins != 0 ? utf8_state() : open) ? 1 : 0;
    }
    if (count != 0) keep(pieces[count - 1], invalid[count - 1], open);
  }

  void keep(piece const& last, std::uint8_t invalid, utf8_state& open) const {
    auto const before = last.begins != 0 ? utf8_window() : window_of(open);
    open = utf8_state();
    if (last.ends != 0) return;
    auto const behind = window_behind(before, text + last.offset, last.length);
    open = {behind.third_last, behind.second_last, behind.last, invalid};
  }
};

}  // namespace sluice::detail
