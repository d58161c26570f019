// Progress fits its line, comes while a run goes on, and leaves a terminal as it was.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <streambuf>
#include <string>

#include <sluice/tools/progress.hpp>

namespace sluice::tool {
namespace {

// Collects what another thread writes; a test can wait for it.
class shared_text : public std::streambuf {
 public:
  std::string wait_for(std::string const& wanted) {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, std::chrono::seconds(60),
                    [&] { return text_.find(wanted) != std::string::npos; });
    return text_;
  }
  std::string text() {
    std::lock_guard const lock(mutex_);
    return text_;
  }

 private:
  int_type overflow(int_type c) override {
    {
      std::lock_guard const lock(mutex_);
      text_.push_back(traits_type::to_char_type(c));
    }
    grown_.notify_all();
    return c;
  }

  std::mutex mutex_;
  std::condition_variable grown_;
  std::string text_;
};

TEST(Progress, FitsTheColumnsThereAre) {
  run_progress huge;
  huge.read_bytes = 987'654'321'987'654;
  huge.written_bytes = 987'654'321'987'654;
  huge.documents = 4'294'967'295;
  run_progress small;
  small.written_bytes = 2'000'000;
  for (std::size_t const columns : {5u, 39u, 79u, 200u}) {
    EXPECT_LE(progress_line(huge, 123'456, columns).size(), columns);
    EXPECT_LE(progress_line(small, 1, columns).size(), columns);
  }
  EXPECT_EQ(progress_line(small, 2, 79), "2 s: read 0 B, written 1.9 MiB, 0 documents, 1.0 MB/s");
  EXPECT_EQ(progress_line(small, 2, 39), "1.9 MiB, 0 docs, 1.0 MB/s");
}

TEST(Progress, ComesInLinesWhereThereIsNoTerminal) {
  run_progress so_far;
  so_far.documents = 12;
  shared_text text;
  std::ostream to(&text);
  progress_style style;
  EXPECT_EQ(style.interval, std::chrono::seconds(10));
  style.interval = std::chrono::milliseconds(1);
  {
    progress_display const display(so_far, to, style);
    text.wait_for("12 documents");
    so_far.documents = 13;
    text.wait_for("13 documents");
  }
  std::istringstream lines(text.text());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.find("sluice: "), 0u) << line;
    EXPECT_EQ(line.find('\r'), std::string::npos);
  }
  EXPECT_EQ(text.text().back(), '\n');
}

TEST(Progress, IsGoneFromATerminalAtTheEnd) {
  run_progress const so_far;
  shared_text text;
  std::ostream to(&text);
  progress_style style;
  style.interval = std::chrono::milliseconds(1);
  style.terminal = -1;  // no width can be asked for: 80 columns
  {
    progress_display const display(so_far, to, style);
    text.wait_for("MB/s");
  }
  std::string const gone = "\r\x1b[K";
  EXPECT_EQ(text.text().substr(text.text().size() - gone.size()), gone);
  EXPECT_EQ(text.text().find('\n'), std::string::npos);
}

TEST(Progress, SaysNothingOfARunThatEndsAtOnce) {
  run_progress const so_far;
  std::ostringstream to;
  {
    progress_display const display(so_far, to, progress_style());
  }
  EXPECT_EQ(to.str(), "");
}

}  // namespace
}  // namespace sluice::tool
