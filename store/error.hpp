// The errors of memory and disk, with their arithmetic.
//
//   Units    bytes.
//   Errors   one line each: which pool or file, what was asked, the limit, what is in use, and
//            what to do.

#pragma once

#include <cstddef>
#include <string_view>

#include <sluice/cuda/error.hpp>
#include <sluice/store/tier.hpp>

namespace sluice {

// Full, and nothing that could leave will.
class out_of_memory : public error {
 public:
  out_of_memory(location pool, std::size_t asked_bytes, std::size_t limit_bytes,
                std::size_t used_bytes);

  location pool() const noexcept { return pool_; }
  std::size_t asked_bytes() const noexcept { return asked_; }
  std::size_t limit_bytes() const noexcept { return limit_; }
  std::size_t used_bytes() const noexcept { return used_; }

 private:
  location const pool_;
  std::size_t const asked_;
  std::size_t const limit_;
  std::size_t const used_;
};

// Larger than every pool it may use, whatever is moved out of the way.
class object_too_large : public error {
 public:
  object_too_large(location pool, std::size_t asked_bytes, std::size_t limit_bytes);

  std::size_t asked_bytes() const noexcept { return asked_; }
  std::size_t limit_bytes() const noexcept { return limit_; }

 private:
  std::size_t const asked_;
  std::size_t const limit_;
};

class out_of_disk : public error {
 public:
  out_of_disk(std::string_view where, std::size_t asked_bytes, std::size_t limit_bytes,
              std::size_t used_bytes);
};

class corruption : public error {
 public:
  corruption(std::string_view what, std::uint64_t expected_checksum, std::uint64_t found_checksum);
};

}  // namespace sluice
