// Small work for streams under test: copies, which every device can do, and kernels over numbers,
// which are compiled for host and sim alone.
//
//   Owner    `arrays` owns the device memory and the sources of its copies, so it must outlive the
//            work: its destructor frees, which waits for the device.
//   Threads  one thread at a time per stream and per `arrays`.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

#include <sluice/cuda/detail/view_maker.hpp>
#include <sluice/cuda/launch.hpp>
#include <sluice/cuda/stream.hpp>

namespace sluice::test {

struct fill_body {
  static constexpr char const* name = "fill";
  template <class Exec>
  static void run(Exec const& on, out<std::uint32_t> values, std::uint32_t value) {
    auto* const at = on.data(values);
    for (std::size_t i = 0; i < values.size(); ++i) at[i] = value;
  }
};

// to[i] = from[i] + value
struct add_body {
  static constexpr char const* name = "add";
  template <class Exec>
  static void run(Exec const& on, in<std::uint32_t> from, out<std::uint32_t> to,
                  std::uint32_t value) {
    auto const* const source = on.data(from);
    auto* const at = on.data(to);
    for (std::size_t i = 0; i < to.size(); ++i) at[i] = source[i] + value;
  }
};

struct throwing_body {
  static constexpr char const* name = "throwing";
  template <class Exec>
  static void run(Exec const&, out<std::uint32_t>) {
    throw std::runtime_error("this kernel always fails");
  }
};

// One extent of a device, cut into arrays of `count` numbers.
class arrays {
 public:
  explicit arrays(driver& of, std::size_t numbers = 256, std::size_t how_many = 8)
      : device(of), count(numbers), memory_(of.allocate(numbers * how_many * bytes_each)) {}
  ~arrays() { device.free(memory_); }
  arrays(arrays const&) = delete;
  arrays& operator=(arrays const&) = delete;

  address at(std::size_t array) const { return memory_ + array * bytes(); }
  std::size_t bytes() const { return count * bytes_each; }
  template <template <class> class View>
  View<std::uint32_t> view(std::size_t array) const {
    return view_maker::make<View<std::uint32_t>>(at(array), count);
  }

  // By copies.
  void put(stream const& on, std::size_t array, std::uint32_t value) {
    auto const& source = sources_.emplace_back(count, value);
    on.ref().copy(at(array), address::of(source.data()), bytes(), copy_direction::host_to_device);
  }
  void move(stream const& on, std::size_t from, std::size_t to) const {
    on.ref().copy(at(to), at(from), bytes(), copy_direction::device_to_device);
  }
  // Copies to the host and waits.
  std::vector<std::uint32_t> read(stream const& on, std::size_t array) const {
    std::vector<std::uint32_t> values(count);
    on.ref().copy(address::of(values.data()), at(array), bytes(), copy_direction::device_to_host);
    on.ref().sync();
    return values;
  }

  // By kernels.
  void fill(stream const& on, std::size_t array, std::uint32_t value) const {
    launch(on.ref()).run<fill_body>(view<out>(array), value);
  }
  void add(stream const& on, std::size_t from, std::size_t to, std::uint32_t value) const {
    launch(on.ref()).run<add_body>(view<in>(from), view<out>(to), value);
  }

  driver& device;
  std::size_t const count;

 private:
  static constexpr std::size_t bytes_each = sizeof(std::uint32_t);
  address const memory_;
  std::deque<std::vector<std::uint32_t>> sources_;
};

inline std::vector<std::uint32_t> all(std::uint32_t value, std::size_t count = 256) {
  return std::vector<std::uint32_t>(count, value);
}

}  // namespace sluice::test
