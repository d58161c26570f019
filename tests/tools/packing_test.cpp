// Sequences of one length, cut from all tokens, in both formats; and the layout of arrays.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/checksum.hpp>
#include <sluice/tools/npy.hpp>
#include <sluice/tools/shard_writer.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::tool {
namespace {

using test::bytes_of_file;
using test::scratch_folder;
using token_list = std::vector<std::uint16_t>;

std::uint64_t seed_of_run() {
  char const* const given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

template <class number>
std::vector<number> numbers_of(std::string const& bytes) {
  std::vector<number> values(bytes.size() / sizeof(number));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(number));
  return values;
}

std::string header_of(std::string const& dictionary) {
  std::string header = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dictionary;
  header.resize(127, ' ');
  return header + "\n";
}

TEST(NpyWriter, WritesTokensAndWhereSequencesBegin) {
  scratch_folder const folder;
  shard_options options(folder.path());
  options.layout.format = shard_format::npy;
  shard_writer writer(options);
  writer.append(token_list{65});
  writer.append(token_list{66, 256});
  writer.end_document();
  writer.append(token_list{256});
  writer.end_document();
  writer.finish_shards();
  writer.publish();
  EXPECT_EQ(bytes_of_file(folder.path("tokens.npy")),
            header_of("{'descr': '<u2', 'fortran_order': False, 'shape': (4,), }") +
                std::string("A\0B\0\0\1\0\1", 8));
  auto const offsets = bytes_of_file(folder.path("offsets.npy"));
  EXPECT_EQ(offsets.substr(0, 128),
            header_of("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"));
  EXPECT_EQ(numbers_of<std::int64_t>(offsets.substr(128)), (std::vector<std::int64_t>{0, 3, 4}));
  for (written_file const& each : writer.files())
    EXPECT_EQ(sum_of_file(folder.path(each.name)).xxh64, each.xxh64) << each.name;
}

TEST(NpyWriter, RefusesARowOfAnotherLength) {
  scratch_folder const folder;
  result_files result(folder.path(), false);
  npy_writer writer(result, 1000, 3);
  writer.append(token_list{1, 2});
  EXPECT_THROW(writer.end_sequence(), misuse);
  EXPECT_THROW(writer.finish(), misuse);
}

class Packing : public testing::TestWithParam<shard_format> {
 protected:
  // The tokens of the written sequences, one behind the other.
  static token_list written(std::string const& folder) {
    if (GetParam() == shard_format::megatron)
      return numbers_of<std::uint16_t>(bytes_of_file(folder + "/tokens.bin"));
    return numbers_of<std::uint16_t>(bytes_of_file(folder + "/tokens.npy").substr(128));
  }
};
INSTANTIATE_TEST_SUITE_P(In, Packing, testing::Values(shard_format::megatron, shard_format::npy),
                         [](auto const& format) { return std::string(name_of(format.param)); });

TEST_P(Packing, CutsAllTokensIntoSequencesOfOneLength) {
  auto const seed = seed_of_run();
  SCOPED_TRACE(testing::Message() << "SLUICE_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (std::uint64_t const seq_len : {1u, 2u, 7u, 100u, 5000u}) {
    for (auto const tail : {tail_mode::drop, tail_mode::pad}) {
      SCOPED_TRACE(testing::Message() << seq_len << " " << name_of(tail));
      scratch_folder const folder;
      shard_options options(folder.path());
      options.layout = {pack_mode::concat, seq_len, tail, GetParam()};
      options.buffer_bytes = 64;
      shard_writer writer(options);
      token_list all;
      for (auto documents = random() % 40; documents != 0; --documents) {
        for (auto parts = random() % 4; parts != 0; --parts) {
          token_list const part(random() % 300, static_cast<std::uint16_t>(random() % 256));
          writer.append(part);
          all.insert(all.end(), part.begin(), part.end());
        }
        writer.append(token_list{256});
        all.push_back(256);
        writer.end_document();
      }
      writer.finish_shards();
      writer.publish();
      auto const rest = all.size() % seq_len;
      if (tail == tail_mode::pad && rest != 0) all.resize(all.size() - rest + seq_len, 256);
      if (tail == tail_mode::drop) all.resize(all.size() - rest);
      EXPECT_EQ(written(folder.path()), all);
      sequence_counts const& counts = writer.counts();
      EXPECT_EQ(counts.sequences, all.size() / seq_len);
      EXPECT_EQ(counts.dropped_tokens, tail == tail_mode::drop ? rest : 0);
      EXPECT_EQ(counts.padded_tokens, tail == tail_mode::pad && rest != 0 ? seq_len - rest : 0);
      for (written_file const& each : writer.files()) {
        EXPECT_EQ(sum_of_file(folder.path(each.name)).xxh64, each.xxh64) << each.name;
        EXPECT_EQ(bytes_of_file(folder.path(each.name)).size(), each.bytes) << each.name;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::tool
