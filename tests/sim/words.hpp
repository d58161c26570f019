// The words of the text format: one table per enumeration.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include <sim/program.hpp>

namespace sluice::test::sim {

template <class E>
inline constexpr std::array<std::string_view, 0> words_of{};

template <>
inline constexpr std::array<std::string_view, 3> words_of<kind>{"bytes", "batch", "number"};
template <>
inline constexpr std::array<std::string_view, 5> words_of<mode>{"none", "single", "fixed",
                                                                "dynamic", "stream"};
template <>
inline constexpr std::array<std::string_view, 4> words_of<target>{"any", "cpu", "gpu0", "gpu1"};
template <>
inline constexpr std::array<std::string_view, 4> words_of<form>{"value", "inner", "stream",
                                                                "growing"};
template <>
inline constexpr std::array<std::string_view, 7> words_of<verb>{"yield", "each",    "next", "throw",
                                                                "again", "scratch", "sleep"};
template <>
inline constexpr std::array<std::string_view, 3> words_of<limits::promise>{"nothing", "oldest",
                                                                           "promised"};
template <>
inline constexpr std::array<std::string_view, 3> words_of<going_wrong>{"nothing", "safety",
                                                                       "liveness"};
template <>
inline constexpr std::array<std::string_view, 9> words_of<op>{
    "fill", "count", "xor", "add", "rotate", "concat", "slice", "part", "sum"};
template <>
inline constexpr std::array<std::string_view, 13> words_of<doing>{
    "put",  "slice",   "submit",  "get",  "copy",   "wait", "next",
    "open", "yielded", "release", "drop", "cancel", "knot"};
template <>
inline constexpr std::array<std::string_view, 7> words_of<sight>{
    "nothing", "absent", "a value", "a count", "an item", "the end", "an error"};

template <class E>
constexpr std::string_view word(E value) {
  return words_of<E>[static_cast<std::size_t>(value)];
}

template <class E>
constexpr std::optional<E> from_word(std::string_view text) {
  for (std::size_t i = 0; i < words_of<E>.size(); ++i)
    if (words_of<E>[i] == text) return static_cast<E>(i);
  return {};
}

}  // namespace sluice::test::sim
