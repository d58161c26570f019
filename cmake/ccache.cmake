# Compilers go through ccache where it is installed.
find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
  foreach(language CXX CUDA)
    if(NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER ${SLUICE_CCACHE})
    endif()
  endforeach()
endif()
