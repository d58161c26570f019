// The list of documents finds every entry of a hash, newest first, in the memory it states.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <sluice/store/object_store.hpp>
#include <sluice/tools/document_index.hpp>
#include <support/store_world.hpp>

namespace sluice::tool {
namespace {

class index_in_store {
 public:
  explicit index_in_store(std::size_t host_bytes)
      : world_(test::places().front(), limits(host_bytes)) {}

  void add(std::uint64_t hash, document_place place) {
    if (auto const count = index.segment_wanted()) {
      auto entries = make<document_entry>(count);
      index.give_segment(std::move(entries), make<std::uint32_t>(count));
    }
    if (auto const count = index.table_wanted()) index.give_table(make<std::uint32_t>(count));
    index.add(hash, place);
  }

  std::size_t peak_bytes() { return world_.store().figures(test::in_host).peak_bytes; }

 private:
  static test::store_limits limits(std::size_t host_bytes) {
    test::store_limits made;
    made.host = host_bytes;
    return made;
  }
  template <class T>
  writer<T> make(std::size_t count) {
    return writer<T>(world_.acquire({test::in_host}, count * sizeof(T))->take_writer({}));
  }

  test::store_world world_;

 public:
  document_index index;  // goes before the store
};

document_place place_of(std::uint32_t number) {
  document_place place;
  place.chunk = number / 100;
  place.piece = number % 100;
  return place;
}

TEST(DocumentIndex, FindsEveryEntryOfAHashNewestFirst) {
  for (std::uint64_t const hashes : {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{1} << 40}) {
    index_in_store made(std::size_t{8} << 20);
    std::uint32_t const count = hashes == 1 ? 300 : 20'000;
    for (std::uint32_t i = 0; i < count; ++i) made.add(i % hashes, place_of(i));
    ASSERT_EQ(made.index.size(), count);
    std::uint32_t const step = hashes > count ? count : static_cast<std::uint32_t>(hashes);
    for (std::uint32_t first = 0; first < step && first < 50; ++first) {
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = first; i < count; i += step) expected.insert(expected.begin(), i);
      if (hashes > count) expected = {first};
      std::uint32_t entry = made.index.find(first);
      for (std::uint32_t const number : expected) {
        ASSERT_NE(entry, document_index::none) << first << " of " << hashes;
        EXPECT_EQ(made.index.place(entry).chunk, place_of(number).chunk);
        EXPECT_EQ(made.index.place(entry).piece, place_of(number).piece);
        entry = made.index.find_older(entry);
      }
      EXPECT_EQ(entry, document_index::none);
    }
    EXPECT_EQ(made.index.find(hashes + count), document_index::none);
  }
}

// What the plan counts on; the store would refuse a byte more.
TEST(DocumentIndex, TakesTheBytesItStatesAndNoMore) {
  for (std::uint32_t const documents : {1u, 4096u, 4097u, 8192u, 8193u, 50'000u}) {
    std::size_t const stated = document_index::bytes_for(documents);
    index_in_store made(stated);
    for (std::uint32_t i = 0; i < documents; ++i) made.add(i, place_of(i));
    EXPECT_EQ(made.peak_bytes(), stated) << documents;
  }
}

}  // namespace
}  // namespace sluice::tool
