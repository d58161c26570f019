#include <sluice/tools/text_source.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <sluice/cuda/error.hpp>

namespace sluice::tool {

void text_source::open(std::string const& path) {
  path_ = path;
  offset_ = 0;
  is_stream_ = path == standard_input;
  if (!is_stream_) file_ = open_for_reading(path);
}

void text_source::close() noexcept {
  file_ = {};
  is_stream_ = false;
}

std::size_t text_source::read(std::span<std::byte> into) {
  if (!is_stream_) {
    auto const got = read_at(file_, path_, offset_, into);
    offset_ += got;
    return got;
  }
  auto const again = std::min(returned_.size(), into.size());
  auto const behind = returned_.begin() + static_cast<std::ptrdiff_t>(again);
  std::copy(returned_.begin(), behind, into.begin());
  returned_.erase(returned_.begin(), behind);
  return again + read_stream(into.subspan(again));
}

void text_source::give_back(std::span<std::byte const> bytes) {
  if (is_stream_)
    returned_.insert(returned_.begin(), bytes.begin(), bytes.end());
  else
    offset_ -= bytes.size();
}

std::size_t text_source::read_stream(std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    if (stop_ && !stop_->wait_readable(STDIN_FILENO))
      throw error(error_kind::cancelled, "reading standard input was stopped; nothing is lost");
    auto const got = ::read(STDIN_FILENO, into.data() + done, into.size() - done);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw_file_error("read", "standard input", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace sluice::tool
