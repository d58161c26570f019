#include <sluice/tools/shard_checks.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sluice/tools/files.hpp>
#include <sluice/tools/npy.hpp>

namespace sluice::tool {

namespace {

constexpr std::uint16_t end_of_document = 256;
constexpr std::size_t batch = 4096;

// Numbers of one kind in a file, from an offset on, in order.
template <class number>
class number_stream {
 public:
  number_stream(std::string path, std::uint64_t offset)
      : path_(std::move(path)), file_(open_for_reading(path_)), offset_(offset) {}

  number next() {
    if (at_ == count_) refill();
    return values_[at_++];
  }

 private:
  void refill() {
    auto const got = read_at(file_, path_, offset_, std::as_writable_bytes(std::span(values_)));
    if (got < sizeof(number))
      refuse_damage(path_, fmt::format("it ends early, at byte {}", offset_));
    count_ = got / sizeof(number);
    offset_ += count_ * sizeof(number);
    at_ = 0;
  }

  std::string const path_;
  file_handle const file_;
  std::uint64_t offset_;
  std::array<number, batch> values_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

// The ids of sequence after sequence.
class token_check {
 public:
  token_check(std::string const& path, std::uint64_t offset, pack_mode pack)
      : path_(path), pack_(pack), ids_(path, offset) {}

  void take_sequence(std::uint64_t tokens) {
    for (std::uint64_t i = 0; i < tokens; ++i) {
      auto const id = ids_.next();
      if (id > end_of_document) refuse(i, fmt::format("id {} is above 256", id));
      bool const ends = id == end_of_document;
      if (pack_ == pack_mode::none && ends != (i + 1 == tokens))
        refuse(i, ends ? "a document ends inside its sequence" : "a document has no end");
    }
    ++sequence_;
  }

 private:
  [[noreturn]] void refuse(std::uint64_t token, std::string_view what) const {
    refuse_damage(path_, fmt::format("sequence {}, token {}: {}", sequence_, token, what));
  }

  std::string const path_;
  pack_mode const pack_;
  number_stream<std::uint16_t> ids_;
  std::uint64_t sequence_ = 0;
};

std::uint64_t bytes_of(manifest_facts const& facts, std::string_view name) {
  return std::ranges::find(facts.files, name, &written_file::name)->bytes;
}

void check_size(std::string const& folder, manifest_facts const& facts, std::string_view name,
                std::uint64_t bytes) {
  auto const found = bytes_of(facts, name);
  if (found != bytes)
    refuse_damage(folder + "/" + std::string(name),
                  fmt::format("it has {} bytes, its sequences need {}", found, bytes));
}

void check_length(std::string const& path, manifest_facts const& facts, std::uint64_t sequence,
                  std::int64_t length) {
  bool const fits = facts.layout.pack == pack_mode::none
                        ? length >= 1
                        : static_cast<std::uint64_t>(length) == facts.layout.seq_len;
  if (!fits) refuse_damage(path, fmt::format("sequence {} has {} tokens", sequence, length));
}

void check_array_header(std::string const& path, std::string const& expected) {
  file_handle const file = open_for_reading(path);
  std::string found(expected.size(), '\0');
  auto const got = read_at(file, path, 0, std::as_writable_bytes(std::span(found)));
  if (got != expected.size() || found != expected)
    refuse_damage(path, "its header does not describe the array it should hold");
}

}  // namespace

void check_shard_files(std::string const& folder, manifest_facts const& facts) {
  std::vector<std::string_view> wanted{token_file_of(facts.layout.format)};
  if (facts.layout.format == shard_format::megatron) wanted.push_back("tokens.idx");
  if (facts.layout.format == shard_format::npy && facts.layout.pack == pack_mode::none)
    wanted.push_back("offsets.npy");
  if (facts.invalid != 0 && facts.rejected_max != 0) wanted.push_back("rejected.jsonl");
  bool const all =
      facts.files.size() == wanted.size() &&
      std::ranges::all_of(wanted, [&](std::string_view name) {
        return std::ranges::find(facts.files, name, &written_file::name) != facts.files.end();
      });
  if (!all) refuse_damage(folder + "/manifest.json", "its list of files is not that of its format");
}

void check_megatron(std::string const& folder, manifest_facts const& facts) {
  auto const path = folder + "/tokens.idx";
  auto const count = facts.sequences;
  constexpr std::uint64_t header_bytes = 34;
  check_size(folder, facts, "tokens.idx", header_bytes + 4 * count + 8 * count + 8 * (count + 1));
  check_size(folder, facts, "tokens.bin", 2 * facts.written_tokens());

  std::string header("MMIDIDX\0\0\1\0\0\0\0\0\0\0\x08", 18);
  for (std::uint64_t const number : {count, count + 1})
    header.append(reinterpret_cast<char const*>(&number), sizeof number);
  check_array_header(path, header);

  number_stream<std::int32_t> lengths(path, header_bytes);
  number_stream<std::int64_t> offsets(path, header_bytes + 4 * count);
  number_stream<std::int64_t> documents(path, header_bytes + 12 * count);
  token_check tokens(folder + "/tokens.bin", 0, facts.layout.pack);
  std::int64_t offset = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto const length = lengths.next();
    check_length(path, facts, i, length);
    if (offsets.next() != offset || documents.next() != static_cast<std::int64_t>(i))
      refuse_damage(path, fmt::format("sequence {} does not begin where the one before ends", i));
    offset += 2 * std::int64_t{length};
    if (static_cast<std::uint64_t>(offset) > 2 * facts.written_tokens())
      refuse_damage(path, fmt::format("sequence {} ends behind the last token", i));
    tokens.take_sequence(static_cast<std::uint64_t>(length));
  }
}

void check_npy(std::string const& folder, manifest_facts const& facts) {
  auto const tokens_path = folder + "/tokens.npy";
  auto const count = facts.sequences;
  bool const rows = facts.layout.pack == pack_mode::concat;
  check_size(folder, facts, "tokens.npy", npy_file::header_bytes + 2 * facts.written_tokens());
  check_array_header(tokens_path,
                     npy_header("<u2", rows ? fmt::format("({}, {})", count, facts.layout.seq_len)
                                            : fmt::format("({},)", facts.written_tokens())));
  token_check tokens(tokens_path, npy_file::header_bytes, facts.layout.pack);
  if (rows) {
    for (std::uint64_t i = 0; i < count; ++i) tokens.take_sequence(facts.layout.seq_len);
    return;
  }
  auto const path = folder + "/offsets.npy";
  check_size(folder, facts, "offsets.npy", npy_file::header_bytes + 8 * (count + 1));
  check_array_header(path, npy_header("<i8", fmt::format("({},)", count + 1)));
  number_stream<std::int64_t> offsets(path, npy_file::header_bytes);
  auto before = offsets.next();
  if (before != 0) refuse_damage(path, "the first sequence does not begin at token 0");
  for (std::uint64_t i = 0; i < count; ++i) {
    auto const next = offsets.next();
    if (next > static_cast<std::int64_t>(facts.written_tokens()))
      refuse_damage(path, fmt::format("sequence {} ends behind the last token", i));
    check_length(path, facts, i, next - before);
    tokens.take_sequence(static_cast<std::uint64_t>(next - before));
    before = next;
  }
}

}  // namespace sluice::tool
