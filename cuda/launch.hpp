// How a kernel is given to a stream, the same way for every place.
//
//   A kernel is a struct with a name and one static function template, its body:
//
//     struct iota_body {
//       static constexpr char const* name = "iota";
//       template <class Exec>
//       static void run(Exec const& on, out<std::uint32_t> values, std::uint32_t first);
//     };
//     void iota(launch to, out<std::uint32_t> values, std::uint32_t first) {
//       to.run<iota_body>(values, first);
//     }
//
//   Host and sim run the body compiled by the host compiler, with Exec = host_exec and sim_exec;
//   cuda finds the one compiled by nvcc by its name. Arguments are views and trivially copyable
//   values.
//
//   Owner    arguments are copied; views must stay valid until the stream has run the kernel.
//   Threads  as its stream.
//   Streams  enqueued; on a host stream it has run when run() returns.
//   Errors   device_error from the driver. What a body throws on a host stream is thrown by run();
//            on a device it is met later, as device_error, by who asks for the stream's events.

#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sluice/cuda/stream.hpp>
#include <sluice/cuda/view.hpp>

namespace sluice {

// What a body compiled for the host runs with. on.data(view) is a plain pointer.
class host_exec {
 public:
  explicit host_exec(host_run const& run) noexcept : run_(run) {}

  template <class V>
  auto* data(V const& view) const noexcept {
    return raw_view::data(view);
  }
  std::byte* workspace() const noexcept { return run_.workspace; }
  std::size_t workspace_bytes() const noexcept { return run_.workspace_bytes; }

 private:
  host_run run_;
};

// What the same body runs with on a simulated device. A body that has a faster way for CPUs asks
// for host_exec itself, so a simulated device computes as a device does.
class sim_exec : public host_exec {
 public:
  using host_exec::host_exec;
};

namespace detail {

// Kernel arguments in a layout that both compilers agree on: plain nested structs.
template <class... Ts>
struct packed;
template <>
struct packed<> {};
template <class T, class... Ts>
struct packed<T, Ts...> {
  static_assert(std::is_trivially_copyable_v<T>, "kernel arguments are views or plain values");
  T head;
  packed<Ts...> tail;
};

template <class F>
void unpack(packed<> const&, F&& call) {
  call();
}
template <class F, class T, class... Ts>
void unpack(packed<T, Ts...> const& all, F&& call) {
  unpack(all.tail, [&](auto const&... rest) { call(all.head, rest...); });
}

// The argument types of a body, from its own signature.
template <class F>
struct body_signature;
template <class Exec, class... Args>
struct body_signature<void (*)(Exec const&, Args...)> {
  using arguments = packed<Args...>;
  static constexpr std::size_t views = (std::size_t{0} + ... + (is_view<Args> ? 1 : 0));

  template <class... Given>
  static arguments make(Given const&... given) {
    return build<Args...>(given...);
  }

 private:
  template <class... None>
    requires(sizeof...(None) == 0)
  static packed<> build() {
    return {};
  }
  template <class T, class... Ts, class Head, class... Tail>
  static packed<T, Ts...> build(Head const& head, Tail const&... tail) {
    return {T(head), build<Ts...>(tail...)};
  }
};

template <class Body, class Exec>
using signature_of = body_signature<decltype(&Body::template run<Exec>)>;

template <class Body, class Exec>
void run_with(void const* arguments, host_run const& run) {
  using all = typename signature_of<Body, host_exec>::arguments;
  unpack(*static_cast<all const*>(arguments),
         [&](auto const&... each) { Body::run(Exec(run), each...); });
}

}  // namespace detail

class launch {
 public:
  // `workspace`: scratch for the body, of the size the kernel's header asks for.
  explicit launch(stream_ref stream, inout<std::byte> workspace = {}) noexcept
      : stream_(stream), workspace_(workspace) {}

  stream_ref stream() const noexcept { return stream_; }
  std::size_t workspace_bytes() const noexcept { return workspace_.size(); }

  template <class Body, class... Given>
  void run(Given const&... given) const {
    using signature = detail::signature_of<Body, host_exec>;
    using arguments = typename signature::arguments;
    static_assert(sizeof(arguments) <= kernel_argument_bytes_max);
    arguments const all = signature::make(given...);
    std::array<access, signature::views + 1> accesses;
    std::size_t count = 0;
    detail::unpack(all, [&](auto const&... each) { (add(accesses, count, each), ...); });
    if (workspace_.size() != 0) {
      add(accesses, count, workspace_);
      accesses[count - 1].reads = false;  // scratch: nothing is expected there
    }
    kernel_call call;
    call.name = Body::name;
    call.host = stream_.runs_on_host() ? &detail::run_with<Body, host_exec>
                                       : &detail::run_with<Body, sim_exec>;
    call.arguments = &all;
    call.argument_bytes = sizeof(arguments);
    call.workspace = address::of(raw_view::data(workspace_));
    call.workspace_bytes = workspace_.size();
    call.accesses = std::span<access const>(accesses.data(), count);
    stream_.launch(call);
  }

 private:
  template <std::size_t N, class T>
  static void add(std::array<access, N>& accesses, std::size_t& count, T const& argument) {
    if constexpr (is_view<T>) {
      access& next = accesses[count++];
      next.begin = address::of(raw_view::data(argument));
      next.bytes = argument.size_bytes();
      next.writes = view_writes<T>;
      next.reads = view_reads<T>;
    }
  }

  stream_ref stream_;
  inout<std::byte> workspace_;
};

}  // namespace sluice
