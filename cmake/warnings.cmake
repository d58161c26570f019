# The one list of warnings. Presets make them errors (CMAKE_COMPILE_WARNING_AS_ERROR).
add_library(sluice_warnings INTERFACE)
target_compile_options(sluice_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion>)
