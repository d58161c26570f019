// The kernels that nvcc compiled into this module, by name.
//
//   A kernel header ends in
//
//     #ifdef __CUDACC__
//     SLUICE_REGISTER_KERNEL(sluice::detail::iota_body)
//     #endif
//
//   and one .cu file of the module includes it.
//
//   Owner    entries are static; they are linked while the module is loaded and never change.
//   Threads  read by any once the module is loaded.
//   Errors   what a body throws is thrown by `run`; the module's entry table turns it into a code.

#pragma once

#include <cstddef>

#include <sluice/cuda/launch.hpp>
#include <sluice/cuda/module/device_exec.cuh>

namespace sluice::detail {

class device_kernel {
 public:
  using function = void (*)(void const* arguments, device_exec const& on);

  device_kernel(char const* of, std::size_t bytes, function body) noexcept
      : name(of), argument_bytes(bytes), run(body), next_(first_) {
    first_ = this;
  }
  device_kernel(device_kernel const&) = delete;
  device_kernel& operator=(device_kernel const&) = delete;

  static device_kernel const* first() noexcept { return first_; }
  device_kernel const* next() const noexcept { return next_; }

  char const* const name;
  std::size_t const argument_bytes;
  function const run;

 private:
  device_kernel const* const next_;
  static inline device_kernel const* first_ = nullptr;
};

template <class Body>
void run_on_device(void const* arguments, device_exec const& on) {
  using all = typename signature_of<Body, device_exec>::arguments;
  unpack(*static_cast<all const*>(arguments), [&](auto const&... each) { Body::run(on, each...); });
}

template <class Body>
inline constexpr std::size_t argument_bytes_of =
    sizeof(typename signature_of<Body, device_exec>::arguments);

}  // namespace sluice::detail

#define SLUICE_JOINED_AGAIN(a, b) a##b
#define SLUICE_JOINED(a, b) SLUICE_JOINED_AGAIN(a, b)
#define SLUICE_REGISTER_KERNEL(Body)                                                       \
  static ::sluice::detail::device_kernel const SLUICE_JOINED(sluice_kernel_, __COUNTER__)( \
      Body::name, ::sluice::detail::argument_bytes_of<Body>,                               \
      &::sluice::detail::run_on_device<Body>);
