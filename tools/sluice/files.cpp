#include <sluice/tools/files.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

#include <sluice/cuda/error.hpp>

namespace sluice::tool {

namespace {

std::string_view advice_for(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and its folders";
    case EEXIST:
      return "remove it or use --force";
    case EISDIR:
      return "it is a folder; name a file";
    case EROFS:
      return "the file system is read-only; choose another folder";
    case EFBIG:
      return "the file would pass a size limit; raise it (ulimit -f) or choose another folder";
    case EMFILE:
    case ENFILE:
      return "too many files are open; raise the limit (ulimit -n)";
    case EIO:
      return "the disk reports a fault; check it (dmesg)";
    default:
      return "run again when the cause is gone";
  }
}

std::string folder_of(std::string const& path) {
  auto const slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Repeats a call that a signal interrupted before it did anything.
template <class call>
auto uninterrupted(call once) {
  auto result = once();
  while (result < 0 && errno == EINTR) result = once();
  return result;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string line;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    else
      line.push_back(c);
  }
  return line;
}

void throw_file_error(std::string_view operation, std::string_view path, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    throw error(error_kind::out_of_disk,
                fmt::format("{} {}: {}; free some room or choose another folder", operation,
                            shown(path), std::strerror(error_number)));
  }
  throw io_error(fmt::format("{} {}", operation, shown(path)), error_number,
                 advice_for(error_number));
}

file_handle::~file_handle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

file_handle& file_handle::operator=(file_handle&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

file_handle open_for_reading(std::string const& path) {
  // O_NONBLOCK: a named pipe that took the place of a file must not hold the reader for ever.
  int const descriptor =
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (descriptor < 0) throw_file_error("open", path, errno);
  return file_handle(descriptor);
}

file_handle open_unnamed(std::string const& folder) {
  int const unnamed = uninterrupted(
      [&] { return ::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR); });
  if (unnamed >= 0) return file_handle(unnamed);
  // Some file systems (overlays, NFS) have no O_TMPFILE: a name for a moment serves as well.
  std::string name = folder + "/.sluice.XXXXXX";
  int const named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) throw_file_error("create a temporary file in", folder, errno);
  file_handle file(named);
  if (::unlink(name.c_str()) != 0) throw_file_error("remove", name, errno);
  return file;
}

std::size_t read_at(file_handle const& file, std::string const& path, std::uint64_t offset,
                    std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    auto const got = uninterrupted([&] {
      return ::pread(file.descriptor(), into.data() + done, into.size() - done,
                     static_cast<off_t>(offset + done));
    });
    if (got < 0) throw_file_error("read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

temporary_name::temporary_name(std::string final_path) : final_path_(std::move(final_path)) {
  auto const folder = folder_of(final_path_);
  auto const name = final_path_.substr(final_path_.rfind('/') + 1);
  // Not mkostemp: its files are private, and a result has the permissions of any new file.
  int descriptor = -1;
  for (int attempt = 0; descriptor < 0; ++attempt) {
    path_ = fmt::format("{}/.{}.{}-{}", folder, name, ::getpid(), attempt);
    descriptor = uninterrupted(
        [&] { return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
    if (descriptor < 0 && errno != EEXIST)
      throw_file_error("create a temporary file in", folder, errno);
  }
  file_ = file_handle(descriptor);
}

temporary_name::~temporary_name() {
  if (!kept_) ::unlink(path_.c_str());
}

void temporary_name::keep(bool replace) {
  auto const flags = replace ? 0u : static_cast<unsigned>(RENAME_NOREPLACE);
  int failed = ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final_path_.c_str(), flags);
  // Not every file system knows the flag; link() refuses an existing name on all of them.
  if (failed != 0 && errno == EINVAL) {
    failed = ::link(path_.c_str(), final_path_.c_str());
    if (failed == 0) ::unlink(path_.c_str());
  }
  if (failed != 0) throw_file_error("give its final name to", final_path_, errno);
  kept_ = true;
}

buffered_file::buffered_file(file_handle file, std::string path, std::size_t buffer_bytes)
    : path_(std::move(path)),
      buffer_bytes_(std::max<std::size_t>(buffer_bytes, 1)),
      file_(std::move(file)),
      buffer_(std::make_unique<std::byte[]>(buffer_bytes_)) {}

void buffered_file::append(std::span<std::byte const> bytes) {
  if (bytes.size() > buffer_bytes_ - used_) flush();
  if (bytes.size() >= buffer_bytes_) {
    write_all(bytes);
    return;
  }
  std::ranges::copy(bytes, buffer_.get() + used_);
  used_ += bytes.size();
}

void buffered_file::flush() {
  std::span<std::byte const> const pending(buffer_.get(), used_);
  used_ = 0;
  write_all(pending);
}

void buffered_file::sync() {
  flush();
  if (uninterrupted([&] { return ::fdatasync(file_.descriptor()); }) != 0)
    throw_file_error("write to the disk", path_, errno);
}

void buffered_file::truncate(std::uint64_t bytes) {
  flush();
  auto const end = static_cast<off_t>(bytes);
  if (uninterrupted([&] { return ::ftruncate(file_.descriptor(), end); }) != 0 ||
      ::lseek(file_.descriptor(), end, SEEK_SET) != end)
    throw_file_error("shorten", path_, errno);
  flushed_bytes_ = bytes;
}

void buffered_file::overwrite_front(std::span<std::byte const> bytes) {
  flush();
  auto const end = static_cast<off_t>(flushed_bytes_);
  if (::lseek(file_.descriptor(), 0, SEEK_SET) != 0) throw_file_error("seek in", path_, errno);
  write_all(bytes);
  if (::lseek(file_.descriptor(), end, SEEK_SET) != end) throw_file_error("seek in", path_, errno);
  flushed_bytes_ = static_cast<std::uint64_t>(end);
}

void buffered_file::write_all(std::span<std::byte const> bytes) {
  sum_.add(bytes);
  while (!bytes.empty()) {
    auto const put =
        uninterrupted([&] { return ::write(file_.descriptor(), bytes.data(), bytes.size()); });
    if (put < 0) throw_file_error("write", path_, errno);
    flushed_bytes_ += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void sync_folder(std::string const& folder) {
  int const descriptor =
      uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) throw_file_error("open", folder, errno);
  file_handle const handle(descriptor);
  // Some file systems refuse to sync a folder (EINVAL); there is nothing better to ask them for.
  if (::fsync(descriptor) != 0 && errno != EINVAL) throw_file_error("sync", folder, errno);
}

}  // namespace sluice::tool
