#include <sluice/tools/text_reader.hpp>

#include <algorithm>
#include <string_view>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/split_option.hpp>

namespace sluice::tool {

namespace {

// Reads go in steps, so that bytes behind the last line that fits are not read for nothing.
constexpr std::size_t read_step_bytes = 128 * 1024;

constexpr std::size_t buffer_bytes_limit = std::size_t{1} << 30;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::size_t line_start(std::string_view text) {
  auto const end = text.rfind('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

text_reader::text_reader(path_list paths, split_rule rule, std::size_t pieces_max,
                         std::shared_ptr<stop_event const> stop)
    : paths_(std::move(paths)),
      rule_(rule),
      pieces_max_(pieces_max),
      path_(paths_.begin()),
      source_(std::move(stop)) {
  if (pieces_max < pieces_least) throw misuse("text_reader: pieces_max is below pieces_least");
}

// Blank lines are an empty separator here: both are decided by the same bytes.
bool text_reader::by_whole_lines() const {
  return rule_.mode == split_mode::separator || rule_.mode == split_mode::blank;
}

// A segment has at most this many pieces more than it has line ends.
std::size_t text_reader::pieces_beside_lines() const {
  return rule_.mode == split_mode::separator ? 2 : 1;
}

text_fill text_reader::fill(std::span<std::byte> buffer) {
  if (buffer.size() < buffer_bytes_least(rule_))
    throw misuse("text_reader: the buffer is below buffer_bytes_least");
  if (buffer.size() >= buffer_bytes_limit)
    throw misuse("text_reader: a buffer for split is smaller than 2^30 bytes");

  segments_.clear();
  text_fill made{0, inside_, false, file_, offset_, {}};
  std::size_t pieces_left = pieces_max_;
  while (path_ != paths_.end() && add_segment(buffer, made.bytes, pieces_left)) {
  }
  require(!segments_.empty() || path_ == paths_.end(), "a chunk makes progress");
  made.unfinished = inside_;
  made.segments = segments_;
  return made;
}

// Takes what fits of the current file; false when the chunk ends here.
bool text_reader::add_segment(std::span<std::byte> buffer, std::size_t& used,
                              std::size_t& pieces_left) {
  bool const by_file = rule_.mode == split_mode::file;
  // Two line ends at least: the last may be undecided, the one before never is.
  auto const pieces_needed = by_file ? 1 : pieces_beside_lines() + 2;
  auto const room = buffer.subspan(used);
  if (room.empty() || pieces_left < pieces_needed) return false;

  if (!source_.is_open()) source_.open(*path_);
  auto const [bytes, read_bytes, line_ends, file_ends] =
      take(room, pieces_left - pieces_beside_lines());
  auto const text = text_of(room.first(bytes));
  auto const kept = file_ends ? bytes : decided(text);
  source_.give_back(room.first(read_bytes).subspan(kept));
  if (kept == 0 && !file_ends) return false;

  segments_.push_back({static_cast<std::uint32_t>(used), static_cast<std::uint32_t>(kept),
                       static_cast<std::uint8_t>(offset_ == 0),
                       static_cast<std::uint8_t>(file_ends), 0});
  used += kept;
  pieces_left -= by_file ? 1 : line_ends + pieces_beside_lines();
  if (!file_ends) {
    inside_ = !is_document_start(text, kept);
    offset_ += kept;
    return false;
  }
  inside_ = false;
  offset_ = 0;
  source_.close();
  ++path_;
  ++file_;
  return true;
}

// Reads the current input until `into` is full, `line_ends_max` lines have ended, or the file ends.
text_reader::taken text_reader::take(std::span<std::byte> into, std::size_t line_ends_max) {
  taken so_far{0, 0, 0, false};
  while (so_far.bytes < into.size()) {
    auto const step = into.subspan(so_far.bytes);
    auto const wanted = step.first(std::min(step.size(), read_step_bytes));
    auto const got = source_.read(wanted);
    so_far.read_bytes += got;
    so_far.file_ends = got < wanted.size();
    auto const text = text_of(wanted.first(got));
    if (rule_.mode != split_mode::file) {
      for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        if (++so_far.line_ends < line_ends_max) continue;
        return {so_far.bytes + at + 1, so_far.read_bytes, so_far.line_ends, false};
      }
    }
    so_far.bytes += got;
    if (so_far.file_ends) break;
  }
  return so_far;
}

// Whether a document starts at `at`, where `text` starts at offset_ and the file goes on behind it.
bool text_reader::is_document_start(std::string_view text, std::size_t at) const {
  if (at == 0) return !inside_;
  if (rule_.mode == split_mode::file || text[at - 1] != '\n') return false;
  if (rule_.mode == split_mode::line) return true;
  auto const before = text.substr(0, at - 1);
  auto const start = line_start(before);
  if (start == 0 && inside_) return false;
  return before.substr(start) == separator_of(rule_);
}

// How many bytes of `text` no later byte can change the meaning of.
std::size_t text_reader::decided(std::string_view text) const {
  if (!by_whole_lines()) return text.size();
  auto const start = line_start(text);
  // A line that started in an earlier chunk never gets past this: it fills the buffer, which is
  // larger than the separator.
  if (!separator_of(rule_).starts_with(text.substr(start))) return text.size();
  // The line may become a separator; then the \n before it is the last of its document, unless that
  // \n ends a separator line itself.
  return is_document_start(text, start) ? start : start - 1;
}

}  // namespace sluice::tool
