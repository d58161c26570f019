#include <sluice/tools/progress.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <exception>
#include <ostream>

#include <fmt/format.h>

#include <sluice/tools/sizes.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t columns_usual = 80;

std::size_t columns_of(int terminal) noexcept {
  struct ::winsize size = {};
  if (::ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return columns_usual;
  return size.ws_col;
}

}  // namespace

std::string progress_line(run_progress const& so_far, double seconds, std::size_t columns) {
  auto const read = so_far.read_bytes.load(std::memory_order_relaxed);
  auto const written = so_far.written_bytes.load(std::memory_order_relaxed);
  auto const documents = so_far.documents.load(std::memory_order_relaxed);
  double const rate = seconds > 0 ? static_cast<double>(written) / 1e6 / seconds : 0;
  auto line = fmt::format("{:.0f} s: read {}, written {}, {} documents, {:.1f} MB/s", seconds,
                          rounded_size(read), rounded_size(written), grouped(documents), rate);
  if (line.size() > columns)
    line = fmt::format("{}, {} docs, {:.1f} MB/s", rounded_size(written), grouped(documents), rate);
  return line.substr(0, columns);
}

progress_style progress_style::of(int descriptor) {
  progress_style style;
  if (::isatty(descriptor) != 1) return style;
  style.interval = std::chrono::milliseconds(200);
  style.terminal = descriptor;
  return style;
}

progress_display::progress_display(run_progress const& so_far, std::ostream& to,
                                   progress_style style)
    : so_far_(so_far), to_(to), style_(style), thread_([this] { show(); }) {}

progress_display::~progress_display() {
  {
    std::lock_guard const lock(mutex_);
    ends_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void progress_display::show() noexcept {
  try {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, style_.interval, [this] { return ends_; })) say();
    if (shown_ && style_.terminal) to_ << "\r\x1b[K" << std::flush;
  } catch (std::exception const&) {
    return;  // the run itself goes on
  }
}

void progress_display::say() {
  auto const now = std::chrono::steady_clock::now();
  double const seconds = std::chrono::duration<double>(now - begin_).count();
  if (!style_.terminal) {
    to_ << "sluice: " << progress_line(so_far_, seconds, columns_usual) << '\n' << std::flush;
    return;
  }
  // In the last column some terminals begin a new line.
  auto const columns = columns_of(*style_.terminal) - 1;
  to_ << '\r' << progress_line(so_far_, seconds, columns) << "\x1b[K" << std::flush;
  shown_ = true;
}

}  // namespace sluice::tool
