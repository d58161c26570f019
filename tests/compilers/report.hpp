// What the programs here share: which compiler this is, and how they say what they saw.
//
//   Threads  one.
//   Errors   expect() counts; finish() is the exit status: 1 when an expectation failed.

#pragma once

#include <cstdio>

// The compilers whose behaviour is pinned. Any other is reported without expectation.
#if defined(__clang__)
inline constexpr bool is_gcc_12 = false;
inline constexpr bool is_clang_19 = __clang_major__ == 19;
inline constexpr char const* compiler = "clang " __clang_version__;
#else
inline constexpr bool is_gcc_12 = __GNUC__ == 12;
inline constexpr bool is_clang_19 = false;
inline constexpr char const* compiler = "g++ " __VERSION__;
#endif

// LEVEL is the -O of the build: 0, 1 or 2.
inline constexpr int optimisation = LEVEL;

inline int failures = 0;

inline void expect(bool holds, char const* what) {
  std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
  if (!holds) ++failures;
}

inline int finish() {
  std::printf("%s -O%d: %d failed\n", compiler, optimisation, failures);
  return failures == 0 ? 0 : 1;
}

// An object that is counted: ended > begun after its full life means that one was destroyed twice.
struct counted {
  static inline int begun = 0;
  static inline int ended = 0;
  static int alive() { return begun - ended; }

  explicit counted(int v = 0) : value(v) { ++begun; }
  counted(counted const& from) : value(from.value) { ++begun; }
  counted(counted&& from) noexcept : value(from.value) {
    from.value = -1;
    ++begun;
  }
  counted& operator=(counted const&) = default;
  counted& operator=(counted&&) = default;
  ~counted() { ++ended; }

  int value;
};
