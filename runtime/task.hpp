// A task: a name, one body for all places or one per place, and how it is to be run.
//
//   Owner    a value; it holds no state but function pointers and options.
//   Threads  any.
//   Errors   what can be judged from types does not compile; the rest is thrown by submit.
//
//     auto ramp = sluice::task("ramps", ramps);                  one body for all places
//     auto sum  = sluice::task("sum").cpu(sum_cpu).gpu(sum_gpu); one per place
//     rt.submit(ramp.num_returns<3>().on(sluice::cpu), n);

#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <sluice/runtime/detail/body.hpp>
#include <sluice/runtime/place.hpp>
#include <sluice/runtime/window.hpp>

namespace sluice {

struct dynamic_t {
  explicit dynamic_t() = default;
};
struct streaming_t {
  explicit streaming_t() = default;
};
inline constexpr dynamic_t dynamic{};      // one ref, to as many values as the body makes
inline constexpr streaming_t streaming{};  // a handle now, its refs as they are made

namespace detail {

struct default_returns {};
template <std::size_t N>
struct fixed_count {};
struct counted_returns {
  std::size_t count;
};

template <class Mode>
inline constexpr bool needs_generator =
    std::is_same_v<Mode, dynamic_t> || std::is_same_v<Mode, streaming_t>;

class task_options {
 public:
  std::string name;
  place where = any;
  window ahead = default_window;
};

}  // namespace detail

// `Body` is a function pointer; `Mode` says what submit gives back.
template <class Body, class Mode = detail::default_returns>
class task_of {
  static_assert(!detail::needs_generator<Mode> ||
                    detail::is_generator<typename detail::body_traits<Body>::result>,
                "dynamic and streaming returns need a body that is a generator");

 public:
  task_of(detail::task_options options, Body for_cpu, Body for_gpu, Mode mode = {})
      : options_(std::move(options)), cpu_body_(for_cpu), gpu_body_(for_gpu), mode_(mode) {}

  // How many values the caller wants: fixed here, fixed at run time, or as many as there are.
  template <std::size_t N>
  task_of<Body, detail::fixed_count<N>> num_returns() const {
    return {options_, cpu_body_, gpu_body_};
  }
  task_of<Body, detail::counted_returns> num_returns(std::size_t count) const {
    return {options_, cpu_body_, gpu_body_, {count}};
  }
  task_of<Body, dynamic_t> num_returns(dynamic_t) const {
    return {options_, cpu_body_, gpu_body_, dynamic};
  }
  task_of<Body, streaming_t> num_returns(streaming_t) const {
    return {options_, cpu_body_, gpu_body_, streaming};
  }

  task_of on(place where) const {
    task_of changed = *this;
    changed.options_.where = where;
    return changed;
  }
  // How far a streaming producer may run ahead. No meaning for other returns.
  task_of ahead(window limit) const {
    task_of changed = *this;
    changed.options_.ahead = limit;
    return changed;
  }
  template <class F>
  task_of cpu(F body) const {
    task_of changed = *this;
    changed.cpu_body_ = detail::as_pointer(body);
    return changed;
  }
  template <class F>
  task_of gpu(F body) const {
    task_of changed = *this;
    changed.gpu_body_ = detail::as_pointer(body);
    return changed;
  }

  detail::task_options const& options() const noexcept { return options_; }
  Body cpu_body() const noexcept { return cpu_body_; }
  Body gpu_body() const noexcept { return gpu_body_; }
  Mode const& mode() const noexcept { return mode_; }

 private:
  detail::task_options options_;
  Body cpu_body_;
  Body gpu_body_;
  Mode mode_;
};

// A name that waits for its bodies.
class unbound_task {
 public:
  explicit unbound_task(std::string name) { options_.name = std::move(name); }

  template <class F>
  auto cpu(F body) const {
    auto pointer = detail::as_pointer(body);
    return task_of<decltype(pointer)>(options_, pointer, nullptr);
  }
  template <class F>
  auto gpu(F body) const {
    auto pointer = detail::as_pointer(body);
    return task_of<decltype(pointer)>(options_, nullptr, pointer);
  }

 private:
  detail::task_options options_;
};

template <class F>
auto task(std::string name, F body) {
  auto pointer = detail::as_pointer(body);
  detail::task_options options;
  options.name = std::move(name);
  return task_of<decltype(pointer)>(std::move(options), pointer, pointer);
}

inline unbound_task task(std::string name) {
  return unbound_task(std::move(name));
}

}  // namespace sluice
