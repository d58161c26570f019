#include <sluice/tools/rejected.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/tools/escaped_text.hpp>

namespace sluice::tool {

void rejected_search::give(std::span<std::uint8_t const> bytes, std::span<piece const> pieces) {
  piece const& part = pieces[at_.piece];
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()) + part.offset,
                              part.length);
  auto const room = rejected_sample::start_bytes_max - document_.start.size();
  document_.start += text.substr(0, room);
  finder_.add(text);
  if (part.ends != 0) finder_.end();
  bool const seen_enough =
      finder_.fault() && document_.start.size() == rejected_sample::start_bytes_max;
  ended_ = part.ends != 0 || seen_enough;
  ++at_.chunk;
  at_.piece = 0;  // a document goes on in the first piece of the next chunk
}

rejected_document rejected_search::take() {
  document_.fault = finder_.fault();
  return std::move(document_);
}

std::string json_line(rejected_document const& document, std::string const& source) {
  nlohmann::ordered_json line;
  line["source"] = escaped(source);
  line["document"] = document.number;
  line["offset"] = document.offset;
  line["bytes"] = document.bytes;
  if (document.fault) {
    line["fault_offset"] = document.fault->offset;
    line["fault"] = document.fault->kind;
  }
  line["start"] = escaped(document.start);
  return line.dump() + "\n";
}

}  // namespace sluice::tool
