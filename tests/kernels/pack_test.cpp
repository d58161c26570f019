#include <sluice/kernels/pack.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/kernels/detail/pack.kernel.hpp>
#include <support/chunked_documents.hpp>
#include <support/kernel_device.hpp>

namespace sluice::test {
namespace {

template <class Out>
struct pack_by_blocks_body {
  static constexpr char const* name = "test_pack";
  template <class Exec>
  static void run(Exec const& on, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                  out<Out> packed) {
    detail::pack_by_blocks(on, detail::pack_source_of(on, text, pieces, keep), on.data(packed),
                           packed.size());
  }
};

enum class variant { as_launched, by_blocks };

template <class Out>
void pack(launch const& to, variant how, in<std::uint8_t> text, in<piece> pieces,
          in<std::uint8_t> keep, out<Out> packed) {
  if (how == variant::by_blocks)
    to.run<pack_by_blocks_body<Out>>(text, pieces, keep, packed);
  else if constexpr (detail::marks_ends<Out>)
    tokenise_bytes(to, text, pieces, keep, packed);
  else
    gather_pieces(to, text, pieces, keep, packed);
}

// What the kept documents are, one behind the other.
template <class Out>
std::vector<Out> expected_of(std::vector<std::string> const& documents,
                             std::vector<std::uint8_t> const& kept) {
  std::vector<Out> all;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (kept[i] == 0) continue;
    for (auto const byte : documents[i]) all.push_back(static_cast<std::uint8_t>(byte));
    if constexpr (sizeof(Out) == 2) all.push_back(256);
  }
  return all;
}

template <class Out>
void packs_kept_documents(place const& at, variant how, std::uint64_t seed,
                          std::size_t chunk_bytes_max) {
  SCOPED_TRACE(seed_line(seed) + ", chunks of " + std::to_string(chunk_bytes_max));
  random_source random(seed);
  auto const documents = random_documents(random, chunk_bytes_max < 10 ? 10 : 60, 300);
  std::vector<std::uint8_t> kept(documents.size());
  for (auto& each : kept) each = static_cast<std::uint8_t>(below(random, 3));
  kernel_device device(at, seed);
  std::vector<device_array<Out>> packed;
  for (auto const& chunk : chunked(random, documents, chunk_bytes_max)) {
    std::vector<std::uint8_t> keep;
    std::size_t size = 0;
    for (std::size_t i = 0; i < chunk.pieces.size(); ++i) {
      keep.push_back(kept[chunk.documents[i]]);
      if (keep.back() == 0) continue;
      size += chunk.pieces[i].length;
      if (sizeof(Out) == 2 && chunk.pieces[i].ends != 0) ++size;
    }
    packed.push_back(device.make<Out>(size));
    pack<Out>(device.with_workspace(pack_workspace_bytes(chunk.pieces.size())), how,
              device.upload(chunk.text), device.upload(chunk.pieces), device.upload(keep),
              packed.back());
    device.next_stream();
  }
  std::vector<Out> found;
  for (auto const& each : packed) {
    auto const part = device.download(each);
    found.insert(found.end(), part.begin(), part.end());
  }
  EXPECT_EQ(found, expected_of<Out>(documents, kept));
  device.check_canaries();
}

void packs_at_every_size(place const& at, variant how) {
  for (auto const seed : seeds()) {
    for (std::size_t const chunk_bytes_max : {4u, 50u, 5000u}) {
      ASSERT_NO_FATAL_FAILURE(packs_kept_documents<std::uint16_t>(at, how, seed, chunk_bytes_max));
      ASSERT_NO_FATAL_FAILURE(packs_kept_documents<std::uint8_t>(at, how, seed, chunk_bytes_max));
    }
  }
}

class Pack : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, Pack, testing::ValuesIn(places()), place_name);

// Only the driver module has kernels for a GPU, and this body is the test's.
class PackByBlocks : public testing::TestWithParam<place> {};
INSTANTIATE_TEST_SUITE_P(On, PackByBlocks, testing::Values(place(), device_places().front()),
                         place_name);

TEST_P(Pack, PutsTheKeptDocumentsBehindEachOther) {
  SLUICE_SKIP_WITHOUT(GetParam());
  packs_at_every_size(GetParam(), variant::as_launched);
}

// C17: against the same expectation as the walk above, so both fill the output with the same bytes.
TEST_P(PackByBlocks, PutsTheKeptDocumentsBehindEachOther) {
  packs_at_every_size(GetParam(), variant::by_blocks);
}

TEST_P(Pack, EndsADocumentOnceWhenItsLastPieceIsEmpty) {
  SLUICE_SKIP_WITHOUT(GetParam());
  kernel_device device(GetParam(), 1);
  auto const tokens = device.make<std::uint16_t>(4);
  tokenise_bytes(
      device.with_workspace(pack_workspace_bytes(3)),
      device.upload(std::vector<std::uint8_t>{'\n', 'x', 0xFF}),
      device.upload(std::vector<piece>{{0, 0, 0, 1, 0}, {1, 0, 1, 1, 0}, {1, 2, 1, 0, 0}}),
      device.upload(std::vector<std::uint8_t>{1, 1, 1}), tokens);
  EXPECT_EQ(device.download(tokens), (std::vector<std::uint16_t>{256, 256, 'x', 0xFF}));
}

TEST(Pack, RefusesAnOutputOfAnotherSizeThanTheKeptPieces) {
  kernel_device device(place(), 1);
  in<std::uint8_t> const text = device.upload(std::vector<std::uint8_t>(9, 'x'));
  in<piece> const pieces = device.upload(std::vector<piece>{{0, 9, 1, 1, 0}});
  in<std::uint8_t> const keep = device.upload(std::vector<std::uint8_t>{1});
  for (std::size_t const size : {9u, 11u})
    EXPECT_THROW(tokenise_bytes(device.with_workspace(pack_workspace_bytes(1)), text, pieces, keep,
                                device.make<std::uint16_t>(size)),
                 internal_error);
  device.check_canaries();
}

TEST(Pack, RefusesFlagsOrAWorkspaceOfTheWrongSize) {
  kernel_device device(place(), 1);
  in<std::uint8_t> const text = device.make<std::uint8_t>(8);
  in<piece> const pieces = device.upload(std::vector<piece>(2));
  auto const gather = [&](std::size_t flags, std::size_t workspace) {
    gather_pieces(device.with_workspace(workspace), text, pieces,
                  device.upload(std::vector<std::uint8_t>(flags)), device.make<std::uint8_t>(0));
  };
  EXPECT_THROW(gather(1, pack_workspace_bytes(2)), misuse);
  EXPECT_THROW(gather(2, pack_workspace_bytes(2) - 1), misuse);
  EXPECT_NO_THROW(gather(2, pack_workspace_bytes(2)));
}

}  // namespace
}  // namespace sluice::test
