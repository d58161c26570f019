#include <sluice/kernels/utf8.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/kernels/detail/utf8.kernel.hpp>
#include <support/chunked_documents.hpp>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

// One character after the other, by its code point.
bool is_strict_utf8(std::string const& text) {
  for (std::size_t at = 0; at < text.size();) {
    auto const byte = [&](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<std::uint8_t>(text[at + i]));
    };
    auto const lead = byte(0);
    std::size_t const length = lead < 0x80             ? 1
                               : (lead & 0xE0) == 0xC0 ? 2
                               : (lead & 0xF0) == 0xE0 ? 3
                               : (lead & 0xF8) == 0xF0 ? 4
                                                       : 0;
    if (length == 0 || at + length > text.size()) return false;
    auto point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
      point = point << 6 | (byte(i) & 0x3F);
    }
    std::uint32_t const least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
      return false;
    at += length;
  }
  return true;
}

std::string encoded(std::uint32_t point) {
  auto const part = [&](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | (point >> 6)), part(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | (point >> 12)), part(6), part(0)};
  return {static_cast<char>(0xF0 | (point >> 18)), part(12), part(6), part(0)};
}

// Mostly valid: characters at the borders of the rules; sometimes one byte changed, or cut off.
std::string random_document(random_source& random, std::size_t characters) {
  std::uint32_t const points[] = {'a',     '\n',    0x7F,    0x80,     0x7FF,   0x800,
                                  0xFFF,   0x1000,  0xD7FF,  0xE000,   0xFFFF,  0x10000,
                                  0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF};
  std::uint8_t const odd[] = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                              0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  std::string text;
  for (; characters != 0; --characters)
    text += below(random, 3) == 0 ? encoded(points[below(random, std::size(points))])
                                  : std::string(1 + below(random, 40), 'x');
  if (!text.empty() && below(random, 2) == 0) {
    if (below(random, 3) == 0)
      text.pop_back();
    else
      text[below(random, text.size())] = static_cast<char>(odd[below(random, std::size(odd))]);
  }
  return text;
}

struct check_by_blocks_body {
  static constexpr char const* name = "test_check_utf8";
  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, inout<utf8_state> open,
                  out<std::uint8_t> invalid) {
    detail::check_utf8_by_blocks(on, detail::utf8_source_of(on, text, pieces, open), on.data(open),
                                 on.data(invalid));
  }
};

enum class variant { as_launched, by_blocks };

struct verdicts {
  std::vector<std::vector<std::uint8_t>> of_pieces;  // chunk by chunk
  std::vector<utf8_state> states;                    // behind each chunk, if asked for

  friend bool operator==(verdicts const&, verdicts const&) = default;
};

struct check_options {
  variant how = variant::as_launched;
  bool with_states = false;  // asking for them makes the host wait for each chunk
};

verdicts check(place const& at, check_options const& options, std::uint64_t seed,
               std::vector<document_chunk> const& chunks) {
  kernel_device device(at, seed);
  auto const open = device.upload(std::vector<utf8_state>(1));
  std::vector<device_array<std::uint8_t>> flags;
  verdicts found;
  for (auto const& chunk : chunks) {
    in<std::uint8_t> const text = device.upload(chunk.text);
    in<piece> const pieces = device.upload(chunk.pieces);
    flags.push_back(device.make<std::uint8_t>(chunk.pieces.size()));
    if (options.how == variant::by_blocks)
      device.plain().run<check_by_blocks_body>(text, pieces, static_cast<inout<utf8_state>>(open),
                                               static_cast<out<std::uint8_t>>(flags.back()));
    else
      check_utf8(device.plain(), text, pieces, open, flags.back());
    if (options.with_states) found.states.push_back(device.download(open).front());
    device.next_stream();
  }
  for (auto const& each : flags) found.of_pieces.push_back(device.download(each));
  device.check_canaries();
  return found;
}

void judges_each_document(place const& at, variant how, std::uint64_t seed,
                          std::size_t chunk_bytes_max) {
  SCOPED_TRACE(seed_line(seed) + ", chunks of " + std::to_string(chunk_bytes_max));
  random_source random(seed);
  std::vector<std::string> documents(chunk_bytes_max < 10 ? 15 : 60);
  for (auto& each : documents) each = random_document(random, below(random, 12));
  auto const chunks = chunked(random, documents, chunk_bytes_max);
  auto const found = check(at, {how, false}, seed, chunks);
  std::size_t judged = 0;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    for (std::size_t i = 0; i < chunks[c].pieces.size(); ++i) {
      if (chunks[c].pieces[i].ends == 0) continue;
      auto const& document = documents[chunks[c].documents[i]];
      ASSERT_EQ(found.of_pieces[c][i], is_strict_utf8(document) ? 0 : 1)
          << "document " << chunks[c].documents[i] << ": " << testing::PrintToString(document);
      ++judged;
    }
  }
  EXPECT_EQ(judged, documents.size());
}

class Utf8 : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Utf8, testing::ValuesIn(places()), place_name);

// Only the driver module has kernels for a GPU, and this body is the test's.
class Utf8ByBlocks : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Utf8ByBlocks, testing::Values(place(), device_places().front()),
                         place_name);

TEST_P(Utf8, JudgesEachDocumentOverAnyNumberOfChunks) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (auto const seed : seeds())
    for (std::size_t const chunk_bytes_max : {1u, 7u, 1000u})
      ASSERT_NO_FATAL_FAILURE(
          judges_each_document(GetParam(), variant::as_launched, seed, chunk_bytes_max));
}

TEST_P(Utf8ByBlocks, JudgesEachDocumentOverAnyNumberOfChunks) {
  for (auto const seed : seeds())
    for (std::size_t const chunk_bytes_max : {1u, 7u, 1000u})
      ASSERT_NO_FATAL_FAILURE(
          judges_each_document(GetParam(), variant::by_blocks, seed, chunk_bytes_max));
}

// C17: flags of all pieces, also of those that do not end, and states are the same bytes.
TEST_P(Utf8ByBlocks, LeavesTheSameFlagsAndStatesAsTheWalk) {
  for (auto const seed : seeds()) {
    SCOPED_TRACE(seed_line(seed));
    random_source random(seed);
    std::vector<std::string> documents(40);
    for (auto& each : documents) each = random_document(random, below(random, 12));
    for (std::size_t const chunk_bytes_max : {2u, 11u, 600u}) {
      auto const chunks = chunked(random, documents, chunk_bytes_max);
      EXPECT_EQ(check(GetParam(), {variant::as_launched, true}, seed, chunks),
                check(GetParam(), {variant::by_blocks, true}, seed, chunks));
    }
  }
}

// Every lead byte with every second byte, and borders of what may follow.
std::vector<std::string> two_byte_starts() {
  std::vector<std::string> all;
  for (int lead = 0x80; lead < 0x100; ++lead)
    for (int second = 0; second < 0x100; ++second)
      for (std::string const rest : {"", "\x80", "\xBF\x80", "\x80\xBF\x41", "\xC0"})
        all.push_back(std::string{static_cast<char>(lead), static_cast<char>(second)} + rest);
  return all;
}

void judges_every_start(place const& at, variant how) {
  auto const documents = two_byte_starts();
  document_chunk chunk;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto const offset = static_cast<std::uint32_t>(chunk.text.size());
    chunk.text.insert(chunk.text.end(), documents[i].begin(), documents[i].end());
    chunk.pieces.push_back({offset, static_cast<std::uint32_t>(documents[i].size()), 1, 1, 0});
  }
  auto const found = check(at, {how, false}, 1, {chunk}).of_pieces.front();
  for (std::size_t i = 0; i < documents.size(); ++i)
    ASSERT_EQ(found[i], is_strict_utf8(documents[i]) ? 0 : 1)
        << testing::PrintToString(documents[i]);
}

TEST_P(Utf8, JudgesEveryPairOfALeadAndASecondByte) {
  SLUICE_SKIP_WITHOUT(GetParam());
  judges_every_start(GetParam(), variant::as_launched);
}

TEST_P(Utf8ByBlocks, JudgesEveryPairOfALeadAndASecondByte) {
  judges_every_start(GetParam(), variant::by_blocks);
}

TEST_P(Utf8, LeavesTheStateOfAChunkWithoutPieces) {
  SLUICE_SKIP_WITHOUT(GetParam());
  kernel_device device(GetParam(), 1);
  auto const open = device.upload(std::vector<utf8_state>{{0xF0, 0x9F, 0x98, 0}});
  check_utf8(device.plain(), device.make<std::uint8_t>(0), device.make<piece>(0), open,
             device.make<std::uint8_t>(0));
  EXPECT_EQ(device.download(open).front(), (utf8_state{0xF0, 0x9F, 0x98, 0}));
}

TEST(Utf8, RefusesFlagsOrStatesOfTheWrongSize) {
  kernel_device device(place(), 1);
  in<std::uint8_t> const text = device.make<std::uint8_t>(8);
  in<piece> const pieces = device.make<piece>(2);
  EXPECT_THROW(check_utf8(device.plain(), text, pieces, device.make<utf8_state>(1),
                          device.make<std::uint8_t>(3)),
               misuse);
  EXPECT_THROW(check_utf8(device.plain(), text, pieces, device.make<utf8_state>(2),
                          device.make<std::uint8_t>(2)),
               misuse);
}

}  // namespace
}  // namespace sluice::test
