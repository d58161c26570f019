#include <sluice/cuda/trace.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <vector>

#include <sluice/cuda/detail/json_text.hpp>
#include <sluice/cuda/error.hpp>

namespace sluice {

struct trace::shared {
  explicit shared(std::size_t limit) : records_max(limit) {}

  std::size_t const records_max;
  std::chrono::steady_clock::time_point const start = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> tick{0};

  std::mutex mutable mutex_;
  std::vector<trace_record> records;
  std::size_t dropped = 0;
};

namespace {

std::string_view name_of(trace_kind kind) noexcept {
  switch (kind) {
    case trace_kind::host_step:
      return "host_step";
    case trace_kind::kernel:
      return "kernel";
    case trace_kind::copy:
      return "copy";
    case trace_kind::stream_wait:
      return "stream_wait";
    case trace_kind::event_record:
      return "event_record";
  }
  return "unknown";
}

// The format counts microseconds; three digits keep the nanoseconds.
std::string microseconds(std::uint64_t ns) {
  char text[40];
  std::snprintf(text, sizeof text, "%llu.%03llu", static_cast<unsigned long long>(ns / 1000),
                static_cast<unsigned long long>(ns % 1000));
  return text;
}

std::string event_json(trace_record const& record, std::size_t track) {
  std::uint64_t const end_ns = record.end_ns < record.begin_ns ? record.begin_ns : record.end_ns;
  std::string line = R"({"ph":"X","pid":1,"tid":)" + std::to_string(track);
  line += ",\"name\":" + detail::json_quoted(record.name) +
          ",\"cat\":" + detail::json_quoted(name_of(record.kind));
  line += ",\"ts\":" + microseconds(record.begin_ns);
  line += ",\"dur\":" + microseconds(end_ns - record.begin_ns);
  line += ",\"args\":{\"enqueue_tick\":" + std::to_string(record.enqueue_tick);
  line += ",\"begin_tick\":" + std::to_string(record.begin_tick);
  line += ",\"bytes\":" + std::to_string(record.bytes) + "}}";
  return line;
}

std::string track_json(std::string const& name, std::size_t track) {
  return R"({"ph":"M","pid":1,"tid":)" + std::to_string(track) +
         R"(,"name":"thread_name","args":{"name":)" + detail::json_quoted(name) + "}}";
}

// A file that is there under its own name only when it is whole.
class new_file {
 public:
  explicit new_file(std::string const& path)
      : path_(path), temporary_(path + ".tmp." + std::to_string(::getpid())) {
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw io_error("create " + temporary_, errno, "check the folder");
  }
  ~new_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink(temporary_.c_str());
  }
  new_file(new_file const&) = delete;
  new_file& operator=(new_file const&) = delete;

  void append(std::string_view text) {
    while (!text.empty()) {
      ssize_t const written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw io_error("write " + temporary_, errno, "free some room");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void keep() {
    int const closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0) throw io_error("close " + temporary_, errno, "free some room");
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
      throw io_error("rename to " + path_, errno, "check the folder");
    kept_ = true;
  }

 private:
  std::string const path_;
  std::string const temporary_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace

trace::trace(std::size_t records_max) : shared_(std::make_unique<shared>(records_max)) {}
trace::~trace() = default;

std::uint64_t trace::now_ns() const noexcept {
  auto const passed = std::chrono::steady_clock::now() - shared_->start;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
}

std::uint64_t trace::next_tick() noexcept {
  return shared_->tick.fetch_add(1, std::memory_order_relaxed) + 1;
}

void trace::add(trace_record record) {
  std::scoped_lock const lock(shared_->mutex_);
  if (shared_->records.size() >= shared_->records_max)
    ++shared_->dropped;
  else
    shared_->records.push_back(std::move(record));
}

std::size_t trace::size() const {
  std::scoped_lock const lock(shared_->mutex_);
  return shared_->records.size();
}

std::size_t trace::dropped() const {
  std::scoped_lock const lock(shared_->mutex_);
  return shared_->dropped;
}

std::vector<trace_record> trace::records() const {
  std::scoped_lock const lock(shared_->mutex_);
  return shared_->records;
}

void trace::write(std::string const& path) const {
  std::vector<trace_record> const all = records();
  std::map<std::string, std::size_t> tracks;
  new_file file(path);
  file.append("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"dropped\":" +
              std::to_string(dropped()) + "},\"traceEvents\":[");
  std::string text;
  char const* comma = "\n";
  for (trace_record const& record : all) {
    auto const [track, added] = tracks.try_emplace(record.track, tracks.size() + 1);
    if (added) text += std::exchange(comma, ",\n") + track_json(track->first, track->second);
    text += std::exchange(comma, ",\n") + event_json(record, track->second);
    if (text.size() >= std::size_t{1} << 16) file.append(std::exchange(text, {}));
  }
  file.append(text + "\n]}\n");
  file.keep();
}

}  // namespace sluice
