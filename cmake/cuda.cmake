# Everything that links CUDA goes into one module, lib/sluice/sluice_cuda_driver.so, which the
# driver seam of the cuda room opens at run time. Without nvcc there simply is none.

# Sets SLUICE_HAS_CUDA in the caller.
macro(sluice_find_cuda)
  set(SLUICE_HAS_CUDA OFF)
  if(NOT SLUICE_CUDA STREQUAL "OFF")
    set(CMAKE_CUDA_ARCHITECTURES ${SLUICE_CUDA_ARCHITECTURES})
    if(NOT DEFINED CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
      find_program(SLUICE_NVCC nvcc
        HINTS ${CUDAToolkit_ROOT} $ENV{CUDA_PATH} $ENV{CUDA_HOME} /usr/local/cuda
        PATH_SUFFIXES bin)
      if(SLUICE_NVCC)
        set(CMAKE_CUDA_COMPILER ${SLUICE_NVCC})
      endif()
    endif()
    if(SLUICE_CUDA STREQUAL "AUTO")
      include(CheckLanguage)
      check_language(CUDA)
    endif()
    if(CMAKE_CUDA_COMPILER OR SLUICE_CUDA STREQUAL "ON")
      enable_language(CUDA)
      find_package(CUDAToolkit REQUIRED)
      # CMake 3.25 does not know nvcc's C++20; without this the files compile as C++17, silently.
      if(CMAKE_VERSION VERSION_LESS 3.26)
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
      endif()
      set(SLUICE_HAS_CUDA ON)
    endif()
  endif()
endmacro()

# Compiles each kernel header by nvcc into `target`, which must be a module or shared library:
# FILES are include spellings, such as sluice/kernels/detail/iota.kernel.hpp. A kernel header ends
# in the macro that registers its bodies in the module's table.
function(sluice_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FILES")
  foreach(header ${arg_FILES})
    get_filename_component(name ${header} NAME_WLE)
    set(source ${PROJECT_BINARY_DIR}/kernels/${target}/${name}.cu)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <@header@>\n" @ONLY)
    target_sources(${target} PRIVATE ${source})
  endforeach()
endfunction()

function(sluice_cuda_module)
  set(module_folder ${CMAKE_INSTALL_LIBDIR}/sluice)
  set(module ${PROJECT_BINARY_DIR}/lib/sluice/sluice_cuda_driver.so)
  target_compile_definitions(sluice_cuda PRIVATE SLUICE_CUDA_MODULE_PATH="${module}"
    SLUICE_CUDA_MODULE_RELATIVE="../lib/sluice/sluice_cuda_driver.so")

  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cuda/module/*.cpp
    ${PROJECT_SOURCE_DIR}/cuda/module/*.cu)
  if(NOT SLUICE_HAS_CUDA)
    message(STATUS "CUDA module: none (SLUICE_CUDA=${SLUICE_CUDA}, nvcc: ${SLUICE_NVCC})")
    return()
  elseif(NOT sources)
    message(STATUS "CUDA module: none (cuda/module/ is empty)")
    return()
  endif()

  add_library(sluice_cuda_driver MODULE ${sources})
  set(exports ${PROJECT_SOURCE_DIR}/cmake/cuda_driver.exports)
  target_link_options(sluice_cuda_driver PRIVATE
    -Wl,--version-script=${exports} -Wl,--no-undefined -Wl,-z,defs)
  set_target_properties(sluice_cuda_driver PROPERTIES PREFIX "" LINK_DEPENDS ${exports}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/sluice LINKER_LANGUAGE CXX
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF
    CUDA_RUNTIME_LIBRARY Static CUDA_ARCHITECTURES "${SLUICE_CUDA_ARCHITECTURES}")
  # Of the kernels room only the include root: its host bodies are not for this module.
  target_include_directories(sluice_cuda_driver PRIVATE ${PROJECT_BINARY_DIR}/rooms/kernels)
  target_link_libraries(sluice_cuda_driver PRIVATE
    sluice::cuda CUDA::cudart_static $<BUILD_INTERFACE:sluice_warnings>)

  file(GLOB kernels CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/kernels/detail/*.kernel.hpp)
  list(TRANSFORM kernels PREPEND sluice/)
  sluice_add_kernels(sluice_cuda_driver FILES ${kernels})
  install(TARGETS sluice_cuda_driver LIBRARY DESTINATION ${module_folder})
  message(STATUS "CUDA module: ${module} for ${SLUICE_CUDA_ARCHITECTURES}")
endfunction()
