// A device as tests of kernels use it: arrays in its memory, several streams in turn, canaries.
//
//   Units    elements of T.
//   Owner    owns driver, streams, one piece of device memory that all arrays are cut from, and the
//            host copies of what was uploaded. Arrays die with it.
//   Threads  one.
//   Streams  everything goes to the current stream. next_stream() takes the next one in turn and
//            orders it behind the one before, by an event alone. Only download() waits.
//   Errors   an array written beyond its end fails the test that calls check_canaries().

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <sluice/cuda/detail/view_maker.hpp>
#include <sluice/cuda/error.hpp>
#include <sluice/cuda/launch.hpp>
#include <sluice/cuda/stream.hpp>
#include <support/places.hpp>

namespace sluice::test {

template <class T>
struct device_array {
  address memory;
  std::size_t size = 0;

  operator in<T>() const { return view_maker::make<in<T>>(memory, size); }
  operator out<T>() const { return view_maker::make<out<T>>(memory, size); }
  operator inout<T>() const { return view_maker::make<inout<T>>(memory, size); }
};

class kernel_device {
 public:
  kernel_device(place const& at, std::uint64_t seed, std::size_t streams = 3)
      : driver_(open(at, seed, nullptr, 2 * memory_bytes)),
        pool_(*driver_),
        memory_(driver_->allocate(memory_bytes)) {
    for (std::size_t i = 0; i < streams; ++i) streams_.emplace_back(pool_);
  }
  ~kernel_device() {
    for (auto const& each : streams_) each.ref().sync();
    driver_->free(memory_);
  }
  kernel_device(kernel_device const&) = delete;
  kernel_device& operator=(kernel_device const&) = delete;

  stream_ref stream() const { return streams_[current_].ref(); }

  void next_stream() {
    auto const before = stream().record();
    current_ = (current_ + 1) % streams_.size();
    stream().wait(before, wait_reason::input_written);
  }

  // What is in it is garbage, wherever the place allows that.
  template <class T>
  device_array<T> make(std::size_t size) {
    auto const begin = memory_ + used_;
    used_ += size * sizeof(T) + canary_bytes;
    if (used_ > memory_bytes) throw misuse("kernel_device: its memory is used up");
    used_ = (used_ + 63) / 64 * 64;
    put(begin, std::vector<std::byte>(size * sizeof(T), std::byte{0xA5}));
    put(begin + size * sizeof(T), std::vector<std::byte>(canary_bytes, canary));
    canaries_.push_back(begin + size * sizeof(T));
    return {begin, size};
  }

  template <class T>
  device_array<T> upload(std::span<T const> values) {
    auto const array = make<T>(values.size());
    auto const bytes = std::as_bytes(values);
    put(array.memory, {bytes.begin(), bytes.end()});
    return array;
  }
  template <class T>
  device_array<T> upload(std::vector<T> const& values) {
    return upload(std::span<T const>(values));
  }

  template <class T>
  std::vector<T> download(device_array<T> const& array) {
    std::vector<T> values(array.size);
    fetch(array.memory, std::as_writable_bytes(std::span(values)));
    return values;
  }

  // A launch on the current stream with a workspace of exactly this size.
  launch with_workspace(std::size_t bytes) {
    return launch(stream(), static_cast<inout<std::byte>>(make<std::byte>(bytes)));
  }
  launch plain() const { return launch(stream()); }

  void check_canaries() {
    for (auto const each : canaries_) {
      std::vector<std::byte> found(canary_bytes);
      fetch(each, found);
      ASSERT_EQ(found, std::vector<std::byte>(canary_bytes, canary));
    }
  }

 private:
  static constexpr std::size_t memory_bytes = std::size_t{4} << 20;
  static constexpr std::size_t canary_bytes = 16;
  static constexpr std::byte canary{0x5C};

  void put(address to, std::vector<std::byte> bytes) {
    if (bytes.empty()) return;
    auto const& kept = uploads_.emplace_back(std::move(bytes));
    stream().copy(to, address::of(kept.data()), kept.size(), copy_direction::host_to_device);
  }
  void fetch(address from, std::span<std::byte> to) {
    if (!to.empty())
      stream().copy(address::of(to.data()), from, to.size(), copy_direction::device_to_host);
    stream().sync();
  }

  std::unique_ptr<driver> driver_;
  event_pool pool_;
  address memory_;
  std::vector<sluice::stream> streams_;
  std::deque<std::vector<std::byte>> uploads_;
  std::vector<address> canaries_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

}  // namespace sluice::test
