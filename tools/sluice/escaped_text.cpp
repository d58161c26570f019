#include <sluice/tools/escaped_text.hpp>

#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include <sluice/tools/utf8_fault.hpp>

namespace sluice::tool {

std::string escaped(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    utf8_fault_finder finder;
    finder.add(bytes);
    finder.end();
    // What is before the first fault is whole characters.
    auto const good = finder.fault() ? finder.fault()->offset : bytes.size();
    for (char const c : bytes.substr(0, good)) text += c == '\\' ? "\\\\" : std::string(1, c);
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<std::uint8_t>(bytes[0]));
    bytes.remove_prefix(1);
  }
  return text;
}

}  // namespace sluice::tool
