// The pair is what the layout says, and a failure leaves nothing under a final name.

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <sluice/cuda/error.hpp>
#include <sluice/tools/files.hpp>
#include <sluice/tools/megatron.hpp>
#include <sluice/tools/result_files.hpp>
#include <sluice/tools/usage_error.hpp>
#include <support/scratch_folder.hpp>

namespace sluice::tool {
namespace {

using test::bytes_of_file;
using test::scratch_folder;

std::set<std::string> names_in(std::string const& folder) {
  std::set<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

template <class number>
number number_at(std::string const& bytes, std::size_t offset) {
  number value{};
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

class pair_options {
 public:
  explicit pair_options(std::string path) : folder(std::move(path)) {}

  std::string folder;
  bool replace = false;
  std::size_t buffer_bytes = 256 * 1024;
};

// The pair as a result of its own.
class pair_writer {
 public:
  explicit pair_writer(pair_options const& options)
      : files_(options.folder, options.replace), pair_(files_, options.buffer_bytes) {}

  void append(std::span<std::uint16_t const> tokens) { pair_.append(tokens); }
  void end_sequence() { pair_.end_sequence(); }
  void finish() {
    pair_.finish();
    files_.publish();
  }
  std::uint64_t sequences() const { return pair_.sequences(); }
  std::uint64_t tokens() const { return pair_.tokens(); }

 private:
  result_files files_;
  megatron_writer pair_;
};

void append_document(pair_writer& writer, std::vector<std::uint16_t> const& tokens) {
  writer.append(tokens);
  writer.end_sequence();
}

// Lets no file of this process grow beyond a size, so that writes fail as on a full disk.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t limit_bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_before_ = ::signal(SIGXFSZ, SIG_IGN);
    rlimit const limit{limit_bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_before_);
  }
  file_size_limit(file_size_limit const&) = delete;
  file_size_limit& operator=(file_size_limit const&) = delete;

 private:
  rlimit before_{};
  void (*handler_before_)(int) = SIG_DFL;
};

TEST(MegatronWriter, WritesTheLayout) {
  scratch_folder folder;
  pair_writer writer{pair_options(folder.path("new/out"))};
  writer.append(std::vector<std::uint16_t>{65});
  append_document(writer, {66, 256});  // its second part
  append_document(writer, {67, 256});
  writer.finish();

  auto const idx = bytes_of_file(folder.path("new/out/tokens.idx"));
  ASSERT_EQ(idx.size(), 9u + 8 + 1 + 8 + 8 + 2 * 4 + 2 * 8 + 3 * 8);
  EXPECT_EQ(idx.substr(0, 9), std::string("MMIDIDX\0\0", 9));
  EXPECT_EQ(number_at<std::uint64_t>(idx, 9), 1u) << "version";
  EXPECT_EQ(number_at<std::uint8_t>(idx, 17), 8u) << "code of 16-bit unsigned";
  EXPECT_EQ(number_at<std::uint64_t>(idx, 18), 2u) << "sequences";
  EXPECT_EQ(number_at<std::uint64_t>(idx, 26), 3u) << "entries of the document index";
  EXPECT_EQ(number_at<std::int32_t>(idx, 34), 3) << "length";
  EXPECT_EQ(number_at<std::int32_t>(idx, 38), 2);
  EXPECT_EQ(number_at<std::int64_t>(idx, 42), 0) << "offset";
  EXPECT_EQ(number_at<std::int64_t>(idx, 50), 6);
  for (int document = 0; document <= 2; ++document)
    EXPECT_EQ(number_at<std::int64_t>(idx, 58 + 8 * static_cast<std::size_t>(document)), document);
  EXPECT_EQ(bytes_of_file(folder.path("new/out/tokens.bin")), std::string("A\0B\0\0\1C\0\0\1", 10));
  EXPECT_EQ(names_in(folder.path("new/out")), (std::set<std::string>{"tokens.bin", "tokens.idx"}));
}

TEST(MegatronWriter, KeepsMoreLengthsThanItsBuffers) {
  scratch_folder folder;
  pair_options options(folder.path());
  options.buffer_bytes = 64;
  pair_writer writer(options);
  std::vector<std::uint16_t> const tokens(50, 7);
  for (std::size_t n = 0; n < 5000; ++n) {
    writer.append(std::span(tokens).first(n % 50));
    writer.end_sequence();
  }
  writer.finish();
  EXPECT_EQ(writer.sequences(), 5000u);
  EXPECT_EQ(writer.tokens(), 100u * (49 * 50 / 2));

  auto const idx = bytes_of_file(options.folder + "/tokens.idx");
  std::int64_t offset = 0;
  for (std::size_t n = 0; n < 5000; ++n) {
    ASSERT_EQ(number_at<std::int32_t>(idx, 34 + 4 * n), static_cast<std::int32_t>(n % 50)) << n;
    ASSERT_EQ(number_at<std::int64_t>(idx, 34 + 4 * 5000 + 8 * n), offset) << n;
    offset += 2 * static_cast<std::int64_t>(n % 50);
  }
  EXPECT_EQ(bytes_of_file(options.folder + "/tokens.bin").size(), static_cast<std::size_t>(offset));
}

TEST(MegatronWriter, WritesAnEmptyPairForNoDocuments) {
  scratch_folder folder;
  pair_writer writer{pair_options(folder.path())};
  writer.finish();
  EXPECT_EQ(bytes_of_file(folder.path("tokens.bin")), "");
  EXPECT_EQ(bytes_of_file(folder.path("tokens.idx")).size(), 34u + 8);
}

TEST(MegatronWriter, LeavesNothingWhenItIsDropped) {
  scratch_folder folder;
  {
    pair_writer writer{pair_options(folder.path())};
    append_document(writer, {1, 2, 3});
  }
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{});
}

TEST(MegatronWriter, RefusesResultsThatAreThereUnlessToldToReplaceThem) {
  scratch_folder folder;
  folder.write("tokens.idx", "old");
  EXPECT_THROW(pair_writer{pair_options(folder.path())}, usage_error);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"tokens.idx"});

  pair_options replacing(folder.path());
  replacing.replace = true;
  pair_writer writer(replacing);
  append_document(writer, {9});
  EXPECT_EQ(bytes_of_file(folder.path("tokens.idx")), "old") << "until the new pair is complete";
  writer.finish();
  EXPECT_EQ(bytes_of_file(folder.path("tokens.idx")).size(), 34u + 4 + 8 + 16);
}

// An index must never stand beside a .bin that it does not describe.
TEST(MegatronWriter, RemovesTheOlderIndexBeforeItReplacesTheBin) {
  scratch_folder folder;
  folder.write("tokens.idx", "old");
  folder.write("tokens.bin/in_the_way", "so that naming the .bin fails");
  pair_options replacing(folder.path());
  replacing.replace = true;
  {
    pair_writer writer(replacing);
    EXPECT_THROW(writer.finish(), io_error);
  }
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"tokens.bin"});
}

TEST(MegatronWriter, DoesNotReplaceAResultThatAppearedMeanwhile) {
  for (std::string const name : {"tokens.bin", "tokens.idx"}) {
    scratch_folder folder;
    {
      pair_writer writer{pair_options(folder.path())};
      append_document(writer, {1});
      folder.write(name, "of another run");
      EXPECT_THROW(writer.finish(), io_error);
    }
    EXPECT_EQ(names_in(folder.path()), std::set<std::string>{name});
    EXPECT_EQ(bytes_of_file(folder.path(name)), "of another run");
  }
}

TEST(MegatronWriter, LeavesNothingWhenAWriteFails) {
  std::vector<std::uint16_t> const document(1000, 1);
  // Large enough for nothing, for part of the .bin, and for the .bin but not the longer .idx.
  for (rlim_t const limit_bytes : {0u, 1500u, 2010u}) {
    scratch_folder folder;
    {
      file_size_limit const limit(limit_bytes);
      pair_options options(folder.path());
      options.buffer_bytes = 256;
      pair_writer writer(options);
      auto const run = [&] {
        append_document(writer, document);
        for (int n = 0; n < 200; ++n) writer.end_sequence();
        writer.finish();
      };
      try {
        run();
        ADD_FAILURE() << "must fail at " << limit_bytes;
      } catch (io_error const& failed) {
        EXPECT_EQ(failed.error_number(), EFBIG);
        EXPECT_NE(std::string(failed.what()).find(folder.path()), std::string::npos);
      }
    }
    EXPECT_EQ(names_in(folder.path()), std::set<std::string>{}) << limit_bytes;
  }
}

TEST(MegatronWriter, RefusesASequenceThatTheIndexCannotSay) {
  scratch_folder folder;
  pair_writer writer{pair_options(folder.path())};
  std::vector<std::uint16_t> const one(1);
  writer.append(one);
  // The span's size is judged before its bytes are read.
  std::span<std::uint16_t const> const huge(one.data(), 0x7fffffff);
  try {
    writer.append(huge);
    FAIL() << "2^31 tokens do not fit";
  } catch (error const& refused) {
    EXPECT_EQ(refused.kind(), error_kind::object_too_large);
  }
}

TEST(MegatronWriter, RefusesToFinishInsideASequenceOrTwice) {
  scratch_folder folder;
  pair_writer writer{pair_options(folder.path())};
  writer.append(std::vector<std::uint16_t>{1});
  EXPECT_THROW(writer.finish(), misuse);
  writer.end_sequence();
  writer.finish();
  EXPECT_THROW(writer.finish(), misuse);
  EXPECT_THROW(writer.end_sequence(), misuse);
}

TEST(FileErrors, AreOutOfDiskWhereRoomIsMissingAndIoErrorElsewhere) {
  for (int const number : {ENOSPC, EDQUOT}) {
    try {
      throw_file_error("write", "out/x\ny", number);
    } catch (error const& failed) {
      EXPECT_EQ(failed.kind(), error_kind::out_of_disk);
      EXPECT_NE(std::string(failed.what()).find("write out/x\\x0ay: "), std::string::npos);
    }
  }
  EXPECT_THROW(throw_file_error("open", "x", EACCES), io_error);
}

}  // namespace
}  // namespace sluice::tool
