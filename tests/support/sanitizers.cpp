// What ThreadSanitizer is told about every test executable.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

// libstdc++ counts the owners of an exception with atomics that were compiled without the
// sanitizer: it does not see that the last owner comes after the others. tests/compilers/tsan shows
// the report in a program that has no race.
extern "C" char const* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n"
         "race:__cxa_free_exception\n";
}

#endif
#endif
