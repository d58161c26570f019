// Bodies and checks that many tests of meaning share: chunks of counted numbers at any place.
//
//   Units    chunks of `numbers` elements of four bytes.
//   Errors   check functions fail the calling test.

#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sluice/kernels/iota.hpp>
#include <sluice/kernels/sum.hpp>
#include <sluice/runtime/runtime.hpp>

namespace sluice::test {

inline constexpr std::size_t page_numbers = 1024;  // 4 KiB

// Chunk `index` counts up from 1000 * index.
inline std::uint32_t first_of(std::size_t index) {
  return static_cast<std::uint32_t>(1000 * index);
}

// Yields `count` chunks, then throws, if `fails`.
inline generator<chunk> ramps(context here, std::size_t numbers, std::size_t count, bool fails) {
  for (std::size_t i = 0; i < count; ++i) {
    auto made = co_await here.make<std::uint32_t>(numbers);
    iota(here, made.view(), first_of(i));
    chunk sealed = std::move(made).seal();
    co_yield std::move(sealed);
  }
  if (fails) throw std::runtime_error("ramps was told to throw");
}

inline generator<int> counting(context, int count, bool fails) {
  for (int i = 0; i < count; ++i) co_yield i;
  if (fails) throw std::runtime_error("counting was told to throw");
}

// One number: the sum of a chunk, computed where the task runs.
inline generator<std::uint64_t> sum_of(context here, reading<std::uint32_t> numbers) {
  auto total = co_await here.make<std::uint64_t>(1);
  auto scratch = co_await here.make<std::byte>(sum_workspace_bytes(numbers.size()));
  sum(here.with(scratch.update()), numbers.view(), total.view());
  std::uint64_t const found = co_await here.fetch(total);
  co_yield found;
}

inline std::uint64_t expected_sum(std::size_t numbers, std::size_t index) {
  std::uint64_t const first = first_of(index);
  return numbers * first + std::uint64_t{numbers} * (numbers - 1) / 2;
}

inline void expect_ramp(reading<std::uint32_t> const& found, std::size_t numbers,
                        std::size_t index) {
  std::vector<std::uint32_t> expected(numbers);
  std::iota(expected.begin(), expected.end(), first_of(index));
  auto const bytes = found.span();
  EXPECT_EQ(std::vector(bytes.begin(), bytes.end()), expected) << "chunk " << index;
}

inline void expect_ramp(runtime& rt, object_ref<chunk> const& ref, std::size_t numbers,
                        std::size_t index) {
  expect_ramp(rt.read<std::uint32_t>(ref), numbers, index);
}

// The error of a kind that `call` throws, for closer questions; fails the test if it is another.
template <class Error>
std::optional<Error> thrown_by(std::function<void()> const& call) {
  try {
    call();
  } catch (Error const& expected) {
    return expected;
  } catch (std::exception const& other) {
    ADD_FAILURE() << "another error came: " << other.what();
    return {};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

template <class Error, class T>
std::optional<Error> error_of(runtime& rt, object_ref<T> const& ref) {
  return thrown_by<Error>([&] { static_cast<void>(rt.get(ref)); });
}

// What the nested exception says; empty when there is none.
inline std::string cause_of(std::exception const& outer) {
  try {
    std::rethrow_if_nested(outer);
  } catch (std::exception const& inner) {
    return inner.what();
  }
  return {};
}

template <class T>
std::vector<object_ref<T>> collect(object_ref_generator<T> handle) {
  std::vector<object_ref<T>> refs;
  for (auto const& ref : handle) refs.push_back(ref);
  return refs;
}

}  // namespace sluice::test
