#include <sluice/store/disk.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

#include <sluice/cuda/error.hpp>

namespace sluice {

namespace {

class system_file final : public disk_file {
 public:
  explicit system_file(int descriptor) noexcept : descriptor_(descriptor) {}
  ~system_file() override { ::close(descriptor_); }

  int allocate(std::uint64_t offset, std::size_t bytes) noexcept override {
    return ::posix_fallocate(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  }
  outcome write(std::span<std::byte const> from, std::uint64_t offset) noexcept override {
    return done(::pwrite(descriptor_, from.data(), from.size(), static_cast<off_t>(offset)));
  }
  outcome read(std::span<std::byte> into, std::uint64_t offset) noexcept override {
    return done(::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset)));
  }

 private:
  static outcome done(ssize_t result) noexcept {
    outcome of;
    if (result < 0)
      of.error_number = errno;
    else
      of.bytes = static_cast<std::size_t>(result);
    return of;
  }

  int const descriptor_;
};

// For file systems without O_TMPFILE: there is a name for the time between two calls.
int open_and_unlink(std::string const& folder) {
  std::string path = folder + "/sluice-spill-XXXXXX";
  int const descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  return descriptor;
}

class system_disk final : public disk {
 public:
  std::unique_ptr<disk_file> open_unnamed(std::string const& folder) override {
    int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    // EISDIR and ENOENT for an existing folder come from kernels that do not know the flag.
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
      descriptor = open_and_unlink(folder);
    if (descriptor < 0)
      throw io_error("open a spill file in " + folder, errno,
                     "choose a folder that exists and can be written to");
    return std::make_unique<system_file>(descriptor);
  }
};

}  // namespace

std::unique_ptr<disk> open_system_disk() {
  return std::make_unique<system_disk>();
}

std::string spill_folder(std::string const& asked) {
  if (!asked.empty()) return asked;
  char const* const from_environment = ::getenv("TMPDIR");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return "/var/tmp";
}

}  // namespace sluice
