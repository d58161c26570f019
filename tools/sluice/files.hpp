// Files by descriptor: an owner, a buffered writer, a name that is temporary until it is kept.
//
//   Units    sizes are bytes.
//   Owner    a handle closes its descriptor, a temporary_name removes its file unless it was kept.
//   Threads  one thread at a time for each object.
//   Errors   no room left is out_of_disk, any other refusal io_error; both name the operation and
//            the path and say what to do. Destructors throw nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/tools/checksum.hpp>

namespace sluice::tool {

// A path (or any text of the user) as part of one line: control characters become \xNN.
std::string shown(std::string_view text);

// Throws what errno value `error_number` means for `operation` ("write") on `path`.
[[noreturn]] void throw_file_error(std::string_view operation, std::string_view path,
                                   int error_number);

class file_handle {
 public:
  file_handle() = default;
  explicit file_handle(int descriptor) : descriptor_(descriptor) {}
  ~file_handle();
  file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_ = -1;
};

file_handle open_for_reading(std::string const& path);

// A file without a name in `folder`, for reading and writing; it is gone with its handle.
file_handle open_unnamed(std::string const& folder);

// Reads up to the size of `into` at `offset`; fewer bytes mean that the file ends there.
std::size_t read_at(file_handle const& file, std::string const& path, std::uint64_t offset,
                    std::span<std::byte> into);

// A new, empty file under an unused name beside `final_path`.
class temporary_name {
 public:
  explicit temporary_name(std::string final_path);
  ~temporary_name();
  temporary_name(temporary_name const&) = delete;
  temporary_name& operator=(temporary_name const&) = delete;

  std::string const& path() const noexcept { return path_; }
  std::string const& final_path() const noexcept { return final_path_; }
  file_handle take_file() { return std::move(file_); }

  // Gives the file its final name. Where `replace` is false an existing file stays and this throws.
  void keep(bool replace);

 private:
  std::string const final_path_;
  std::string path_;
  file_handle file_;
  bool kept_ = false;
};

// Collects small writes, and sums up what passes through. Nothing is flushed by the destructor: a
// file that counts ends in sync().
class buffered_file {
 public:
  // `path` is for messages only.
  buffered_file(file_handle file, std::string path, std::size_t buffer_bytes);

  void append(std::span<std::byte const> bytes);
  void flush();
  void sync();  // flushed, and on the disk
  // Shorter than it is; and other bytes at its front. The sum is not that of the file any more.
  void truncate(std::uint64_t bytes);
  void overwrite_front(std::span<std::byte const> bytes);

  std::uint64_t xxh64() const noexcept { return sum_.value(); }  // of what is flushed
  std::uint64_t written_bytes() const noexcept { return flushed_bytes_ + used_; }
  file_handle const& file() const noexcept { return file_; }

 private:
  void write_all(std::span<std::byte const> bytes);

  std::string const path_;
  std::size_t const buffer_bytes_;
  file_handle file_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t used_ = 0;
  std::uint64_t flushed_bytes_ = 0;
  checksum sum_;
};

void sync_folder(std::string const& folder);

}  // namespace sluice::tool
