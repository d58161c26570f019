#include <sluice/kernels/hash.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <xxhash.h>
#include <support/chunked_documents.hpp>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

class Hash : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Hash, testing::ValuesIn(places()), place_name);

// Gives the device all chunks before it asks for anything.
void hashes_as_the_library(place const& at, std::uint64_t seed, std::uint32_t bits,
                           std::size_t chunk_bytes_max) {
  SCOPED_TRACE(seed_line(seed) + ", chunks of " + std::to_string(chunk_bytes_max));
  random_source random(seed);
  auto const documents = random_documents(random, 50, 400);
  auto const chunks = chunked(random, documents, chunk_bytes_max);
  kernel_device device(at, seed);
  auto const open = device.make<hash_state>(1);
  std::vector<device_array<std::uint64_t>> hashes;
  for (auto const& chunk : chunks) {
    hashes.push_back(device.make<std::uint64_t>(chunk.pieces.size()));
    hash_documents(device.plain(), device.upload(chunk.text), device.upload(chunk.pieces), bits,
                   open, hashes.back());
    device.next_stream();
  }
  auto const mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    auto const found = device.download(hashes[c]);
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto const& document = documents[chunks[c].documents[i]];
      auto const whole = XXH64(document.data(), document.size(), 0) & mask;
      ASSERT_EQ(found[i], chunks[c].pieces[i].ends != 0 ? whole : 0)
          << "document " << chunks[c].documents[i] << " of " << document.size() << " bytes";
    }
  }
  device.check_canaries();
}

TEST_P(Hash, IsXxh64OfTheDocumentOverAnyNumberOfChunks) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (auto const seed : seeds())
    for (std::size_t const chunk_bytes_max : {5u, 40u, 3000u})
      ASSERT_NO_FATAL_FAILURE(hashes_as_the_library(GetParam(), seed, 64, chunk_bytes_max));
}

TEST_P(Hash, KeepsTheLowBitsItIsAskedFor) {
  SLUICE_SKIP_WITHOUT(GetParam());
  for (std::uint32_t const bits : {1u, 8u, 63u})
    ASSERT_NO_FATAL_FAILURE(hashes_as_the_library(GetParam(), seeds().front(), bits, 200));
}

TEST_P(Hash, OfEachLengthUpToThreeStripesIsXxh64) {
  SLUICE_SKIP_WITHOUT(GetParam());
  document_chunk chunk;
  std::vector<std::uint64_t> expected;
  for (std::uint32_t length = 0; length <= 100; ++length) {
    chunk.pieces.push_back({static_cast<std::uint32_t>(chunk.text.size()), length, 1, 1, 0});
    std::vector<std::uint8_t> const document(length, static_cast<std::uint8_t>(0xFF - length));
    chunk.text.insert(chunk.text.end(), document.begin(), document.end());
    expected.push_back(XXH64(document.data(), document.size(), 0));
  }
  kernel_device device(GetParam(), 1);
  auto const hashes = device.make<std::uint64_t>(chunk.pieces.size());
  hash_documents(device.plain(), device.upload(chunk.text), device.upload(chunk.pieces), 64,
                 device.make<hash_state>(1), hashes);
  EXPECT_EQ(device.download(hashes), expected);
}

TEST_P(Hash, ForgetsTheOpenDocumentWhenItEnds) {
  SLUICE_SKIP_WITHOUT(GetParam());
  kernel_device device(GetParam(), 1);
  auto const open = device.make<hash_state>(1);
  in<std::uint8_t> const text = device.upload(std::vector<std::uint8_t>(40, 'x'));
  auto const hashes = device.make<std::uint64_t>(1);
  hash_documents(device.plain(), text, device.upload(std::vector<piece>{{0, 40, 1, 0, 0}}), 64,
                 open, hashes);
  EXPECT_EQ(device.download(open).front().bytes, 40u);
  hash_documents(device.plain(), text, device.make<piece>(0), 64, open,
                 device.make<std::uint64_t>(0));
  EXPECT_EQ(device.download(open).front().bytes, 40u) << "a chunk without pieces changes nothing";
  hash_documents(device.plain(), text, device.upload(std::vector<piece>{{0, 40, 0, 1, 0}}), 64,
                 open, hashes);
  EXPECT_EQ(device.download(open).front(), hash_state());
}

TEST(Hash, RefusesBitsAndSizesOutOfRange) {
  kernel_device device(place(), 1);
  in<std::uint8_t> const text = device.make<std::uint8_t>(8);
  in<piece> const pieces = device.upload(std::vector<piece>(2));
  auto const hash = [&](std::uint32_t bits, std::size_t states, std::size_t hashes) {
    hash_documents(device.plain(), text, pieces, bits, device.make<hash_state>(states),
                   device.make<std::uint64_t>(hashes));
  };
  EXPECT_THROW(hash(0, 1, 2), misuse);
  EXPECT_THROW(hash(65, 1, 2), misuse);
  EXPECT_THROW(hash(64, 2, 2), misuse);
  EXPECT_THROW(hash(64, 1, 1), misuse);
  EXPECT_NO_THROW(hash(64, 1, 2));
}

}  // namespace
}  // namespace sluice::test
