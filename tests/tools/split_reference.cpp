#include <support/split_reference.hpp>

namespace sluice::testing_support {

namespace {

using tool::split_kind;

// Lines with their \n; behind a last \n there is no further line.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  for (char const c : text) {
    line.push_back(c);
    if (c != '\n') continue;
    lines.push_back(line);
    line.clear();
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string without_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

void line_pieces(std::string_view b, std::size_t offset, bool in, std::vector<piece>& pieces) {
  std::size_t start = 0;
  for (std::size_t at = 0; at < b.size(); ++at) {
    if (b[at] != '\n') continue;
    pieces.push_back({offset + start, at - start});
    start = at + 1;
  }
  bool const has_line_end = b.find('\n') != b.npos;
  if (start < b.size() || (in && !has_line_end))
    pieces.push_back({offset + start, b.size() - start});
}

// The content b[start, end), which is complete.
piece content_piece(std::string_view b, std::size_t offset, std::size_t start, std::size_t end) {
  bool const ends_line = end > start && b[end - 1] == '\n';
  return {offset + start, end - start - (ends_line ? 1 : 0)};
}

void separator_pieces(std::string_view b, tool::segment const& s, bool in,
                      std::string const& separator, std::vector<piece>& pieces) {
  std::size_t content = 0;  // start of the content that is open
  std::size_t at = 0;
  for (auto const& line : lines_of(b)) {
    bool const complete = line.ends_with('\n') || s.ends_file;
    if (complete && without_end(line) == separator && !(in && at == 0)) {
      pieces.push_back(content_piece(b, s.offset, content, at));
      content = at + line.size();
    }
    at += line.size();
  }
  if (s.ends_file)
    pieces.push_back(content_piece(b, s.offset, content, b.size()));
  else if (content < b.size())
    pieces.push_back({s.offset + content, b.size() - content});
}

}  // namespace

std::vector<std::string> documents_of_file(std::string_view text, tool::split_rule const& rule) {
  if (rule.kind() == split_kind::file) return {std::string(text)};
  std::vector<std::string> documents;
  if (rule.kind() == split_kind::line) {
    for (auto const& line : lines_of(text)) documents.push_back(without_end(line));
    return documents;
  }
  std::string open;
  for (auto const& line : lines_of(text)) {
    if (without_end(line) == rule.separator()) {
      documents.push_back(without_end(open));
      open.clear();
    } else {
      open += line;
    }
  }
  documents.push_back(without_end(open));
  return documents;
}

std::vector<piece> pieces_of_chunk(std::string_view chunk, std::span<tool::segment const> segments,
                                   bool continues, tool::split_rule const& rule) {
  std::vector<piece> pieces;
  for (auto const& s : segments) {
    auto const b = chunk.substr(s.offset, s.bytes);
    bool const in = continues && &s == segments.data();
    if (rule.kind() == split_kind::file) pieces.push_back({s.offset, s.bytes});
    if (rule.kind() == split_kind::line) line_pieces(b, s.offset, in, pieces);
    if (rule.kind() == split_kind::separator) separator_pieces(b, s, in, rule.separator(), pieces);
  }
  return pieces;
}

}  // namespace sluice::testing_support
