#include <sluice/cuda/detail/json_text.hpp>

#include <cstdio>

namespace sluice::detail {

std::string json_quoted(std::string_view text) {
  std::string line = "\"";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", unsigned{byte});
      line += escape;
    } else {
      line += c;
    }
  }
  return line += '"';
}

}  // namespace sluice::detail
