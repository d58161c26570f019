# Run by `cmake --install`: copies those headers in detail/ and module/ that an installed header
# includes, directly or not, and those that sluice_add_kernels() writes into files. At install time,
# so that a new include needs no new configure.
cmake_policy(VERSION 3.24)
file(GLOB next RELATIVE ${sluice_source}
  ${sluice_source}/cuda/*.hpp ${sluice_source}/kernels/*.hpp
  ${sluice_source}/store/*.hpp ${sluice_source}/runtime/*.hpp ${sluice_source}/testing/*.hpp)
list(APPEND next cuda/detail/kernel_module.hpp cuda/module/kernels_entry.hpp)
set(all ${next})
while(next)
  list(POP_FRONT next header)
  file(STRINGS ${sluice_source}/${header} lines REGEX "^#include <sluice/")
  foreach(line ${lines})
    string(REGEX REPLACE "^#include <sluice/([^>]+)>.*" "\\1" included "${line}")
    if(NOT included IN_LIST all)
      list(APPEND all ${included})
      list(APPEND next ${included})
    endif()
  endforeach()
endwhile()
list(FILTER all INCLUDE REGEX "^[a-z]+/[a-z]+/")
foreach(header ${all})
  get_filename_component(folder ${header} DIRECTORY)
  file(INSTALL ${sluice_source}/${header}
    DESTINATION ${CMAKE_INSTALL_PREFIX}/${sluice_include}/${folder})
endforeach()
