// What `get` gives for each kind of ref: a counted value, nothing for void, a new cursor for the
// outer ref of a dynamic task.

#pragma once

#include <sluice/runtime/object_ref.hpp>
#include <sluice/runtime/object_ref_generator.hpp>

namespace sluice::detail {

template <class T>
struct value_of {
  using type = value<T>;
  static type take(scheduler&, object_ref<T> const& ref) {
    return ref_access::make_value<T>(ref_access::cell(ref));
  }
};

template <>
struct value_of<void> {
  using type = void;
  static void take(scheduler&, object_ref<void> const&) {}
};

template <class T>
struct value_of<object_ref_generator<T>> {
  using type = object_ref_generator<T>;
  static type take(scheduler& home, object_ref<object_ref_generator<T>> const& ref) {
    return generator_access::make<T>(home, ref_access::cell(ref)->values());
  }
};

// Requires a settled ref. Throws the error it holds.
template <class T>
typename value_of<T>::type take_value(scheduler& home, object_ref<T> const& ref) {
  if (auto const& error = ref_access::cell(ref)->error()) std::rethrow_exception(error);
  return value_of<T>::take(home, ref);
}

}  // namespace sluice::detail
