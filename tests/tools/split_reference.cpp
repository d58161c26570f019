#include <support/split_reference.hpp>

#include <cstdint>

namespace sluice::test {

namespace {

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

std::string separator_of(split_rule const& rule) {
  return {reinterpret_cast<char const*>(rule.separator), rule.separator_bytes};
}

// The pieces of one segment with bytes b, as if each were a whole document.
class segment_split {
 public:
  segment_split(std::string_view b, text_segment const& s) : b_(b), s_(s) {}

  std::vector<piece> by_line(bool in) {
    std::size_t start = 0;
    for (auto const& line : lines_of(b_)) {
      add(start, start + without_end(line).size());
      start += line.size();
    }
    if (in && b_.empty()) add(0, 0);
    return pieces_;
  }

  std::vector<piece> by_blank_lines(bool in) {
    bool open = in;
    std::size_t content = 0;
    std::size_t at = 0;
    for (auto const& line : lines_of(b_)) {
      bool const is_rest = in && at == 0;  // of a line that began in an earlier chunk
      if (line == "\n" && !is_rest) {
        if (open) add_content(content, at);
        open = false;
      } else if (!open) {
        content = at;
        open = true;
      }
      at += line.size();
    }
    if (open && s_.ends_file != 0) add_content(content, b_.size());
    if (open && s_.ends_file == 0) add(content, b_.size());
    return pieces_;
  }

  std::vector<piece> by_separator(bool in, std::string const& separator) {
    std::size_t content = 0;  // start of the content that is open
    std::size_t at = 0;
    for (auto const& line : lines_of(b_)) {
      bool const complete = line.ends_with('\n') || s_.ends_file != 0;
      if (complete && without_end(line) == separator && !(in && at == 0)) {
        add_content(content, at);
        content = at + line.size();
      }
      at += line.size();
    }
    if (s_.ends_file != 0)
      add_content(content, b_.size());
    else if (content < b_.size())
      add(content, b_.size());
    return pieces_;
  }

 private:
  void add_content(std::size_t start, std::size_t end) {
    bool const ends_line = end > start && b_[end - 1] == '\n';
    add(start, end - (ends_line ? 1 : 0));
  }
  void add(std::size_t start, std::size_t end) {
    pieces_.push_back({s_.offset + static_cast<std::uint32_t>(start),
                       static_cast<std::uint32_t>(end - start), 1, 1, 0});
  }

  std::string_view b_;
  text_segment const& s_;
  std::vector<piece> pieces_;
};

}  // namespace

std::vector<std::string> documents_of_file(std::string_view text, split_rule const& rule) {
  if (rule.mode == split_mode::file) return {std::string(text)};
  std::vector<std::string> documents;
  if (rule.mode == split_mode::line) {
    for (auto const& line : lines_of(text)) documents.push_back(without_end(line));
    return documents;
  }
  std::string open;
  if (rule.mode == split_mode::blank) {
    for (auto const& line : lines_of(text)) {
      if (line != "\n") {
        open += line;
      } else if (!open.empty()) {
        documents.push_back(without_end(open));
        open.clear();
      }
    }
    if (!open.empty()) documents.push_back(without_end(open));
    return documents;
  }
  for (auto const& line : lines_of(text)) {
    if (without_end(line) == separator_of(rule)) {
      documents.push_back(without_end(open));
      open.clear();
    } else {
      open += line;
    }
  }
  documents.push_back(without_end(open));
  return documents;
}

std::vector<piece> pieces_of_chunk(std::string_view chunk, std::span<text_segment const> segments,
                                   split_rule const& rule, chunk_edges edges) {
  std::vector<piece> all;
  for (auto const& s : segments) {
    auto const b = chunk.substr(s.offset, s.bytes);
    bool const in = edges.continues && &s == segments.data();
    segment_split split(b, s);
    std::vector<piece> pieces;
    if (rule.mode == split_mode::file) pieces.push_back({s.offset, s.bytes, 1, 1, 0});
    if (rule.mode == split_mode::line) pieces = split.by_line(in);
    if (rule.mode == split_mode::blank) pieces = split.by_blank_lines(in);
    if (rule.mode == split_mode::separator) pieces = split.by_separator(in, separator_of(rule));
    all.insert(all.end(), pieces.begin(), pieces.end());
  }
  if (edges.continues && !all.empty()) all.front().begins = 0;
  if (edges.unfinished && !all.empty()) all.back().ends = 0;
  return all;
}

}  // namespace sluice::test
