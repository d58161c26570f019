# Kernels for CUDA devices: what finds nvcc and compiles kernel headers with it. Installed beside
# SluiceConfig.cmake, so that kernels of other projects are built the same way.
cmake_policy(PUSH)
cmake_policy(VERSION 3.24...3.31)

if(NOT DEFINED SLUICE_CUDA)
  set(SLUICE_CUDA AUTO CACHE STRING "Kernels for CUDA: AUTO (when nvcc is found), ON or OFF")
endif()
if(NOT DEFINED SLUICE_CUDA_ARCHITECTURES)
  set(SLUICE_CUDA_ARCHITECTURES "80;90" CACHE STRING "Architectures of kernels for CUDA")
endif()

# PyPI's toolkit has lib and no lib64, where nvcc looks for its libraries, and of libcudart the name
# with a version alone, which FindCUDAToolkit does not know.
function(sluice_help_nvcc_link)
  set(nvcc "$ENV{CUDACXX}")
  if(CMAKE_CUDA_COMPILER)
    set(nvcc ${CMAKE_CUDA_COMPILER})
  endif()
  get_filename_component(root "${nvcc}" REALPATH)
  get_filename_component(root "${root}/../.." ABSOLUTE)
  file(GLOB cudart ${root}/lib/libcudart.so.*)
  if(nvcc AND cudart AND NOT EXISTS ${root}/lib64)
    list(GET cudart 0 cudart)
    set(CUDA_CUDART ${cudart} CACHE FILEPATH "")
    set(ENV{CUDAFLAGS} "-L${root}/lib $ENV{CUDAFLAGS}")
  endif()
endfunction()

# Sets SLUICE_HAS_CUDA in the caller. A macro, since a language is enabled for a folder.
macro(sluice_find_cuda)
  set(SLUICE_HAS_CUDA OFF)
  if(NOT SLUICE_CUDA STREQUAL "OFF")
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES ${SLUICE_CUDA_ARCHITECTURES})
    endif()
    if(NOT DEFINED CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
      find_program(SLUICE_NVCC nvcc
        HINTS ${CUDAToolkit_ROOT} $ENV{CUDA_PATH} $ENV{CUDA_HOME} /usr/local/cuda
        PATH_SUFFIXES bin)
      if(SLUICE_NVCC)
        set(CMAKE_CUDA_COMPILER ${SLUICE_NVCC})
      endif()
    endif()
    sluice_help_nvcc_link()
    if(SLUICE_CUDA STREQUAL "AUTO")
      include(CheckLanguage)
      check_language(CUDA)
    endif()
    if(CMAKE_CUDA_COMPILER OR SLUICE_CUDA STREQUAL "ON")
      enable_language(CUDA)
      # For a project that asks for 3.25 or newer, CMake 3.25 wants CUDA::nvToolsExt to be there,
      # which CUDA 13 has dropped.
      set(sluice_minimum_version ${CMAKE_MINIMUM_REQUIRED_VERSION})
      if(CMAKE_VERSION VERSION_LESS 3.26)
        set(CMAKE_MINIMUM_REQUIRED_VERSION 3.24)
      endif()
      find_package(CUDAToolkit REQUIRED)
      set(CMAKE_MINIMUM_REQUIRED_VERSION ${sluice_minimum_version})
      # CMake 3.25 does not know nvcc's C++20; without this the files compile as C++17, silently.
      if(CMAKE_VERSION VERSION_LESS 3.26)
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
      endif()
      set(SLUICE_HAS_CUDA ON)
    endif()
  endif()
endmacro()

# sluice_kernel_module(name SOURCES file... EXPORTS file FILES header...): a module, which nothing
# links and programs open, with these kernel headers compiled by nvcc. They are include spellings,
# such as sluice/kernels/detail/iota.kernel.hpp. EXPORTS lists what can be seen from outside.
function(sluice_kernel_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORTS" "FILES;SOURCES")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${arg_EXPORTS} -Wl,--no-undefined -Wl,-z,defs)
  # The standard is set for CUDA too: CXX_STANDARD_REQUIRED would leak into CUDA's.
  set_target_properties(${name} PROPERTIES PREFIX "" LINK_DEPENDS ${arg_EXPORTS}
    LINKER_LANGUAGE CXX POSITION_INDEPENDENT_CODE ON
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF
    CUDA_RUNTIME_LIBRARY Static CUDA_ARCHITECTURES "${SLUICE_CUDA_ARCHITECTURES}")
  target_link_libraries(${name} PRIVATE sluice::cuda CUDA::cudart_static)
  foreach(header ${arg_FILES})
    get_filename_component(file ${header} NAME_WLE)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/kernels/${name}/${file}.cu)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <@header@>\n" @ONLY)
    target_sources(${name} PRIVATE ${source})
  endforeach()
endfunction()

# sluice_add_kernels(target FILES header...): kernel headers of one's own, as the target's files
# include them. g++ compiles their bodies where they are launched. Where nvcc is found, it compiles
# them too, into <target>_kernels.so beside the target, which the target names to the CUDA driver.
# `target` is a program or a shared library: of an archive, the linker would leave the name out.
macro(sluice_add_kernels target)
  sluice_find_cuda()
  sluice_add_kernels_to(${target} ${ARGN})
endmacro()

function(sluice_add_kernels_to target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FILES")
  get_target_property(type ${target} TYPE)
  if(NOT type MATCHES "^(EXECUTABLE|SHARED_LIBRARY|MODULE_LIBRARY)$")
    message(FATAL_ERROR "sluice_add_kernels(${target}): it is no program or shared library; "
      "give the kernels to the one that links it")
  elseif(NOT arg_FILES)
    message(FATAL_ERROR "sluice_add_kernels(${target}): no kernel headers after FILES")
  endif()
  sluice_find_thrust()
  target_link_libraries(${target} PRIVATE sluice::kernels sluice::thrust)
  if(NOT SLUICE_HAS_CUDA)
    message(STATUS "kernels of ${target} for CUDA: none (SLUICE_CUDA=${SLUICE_CUDA}, no nvcc)")
    return()
  endif()

  set(module ${target}_kernels)
  set(sources ${CMAKE_CURRENT_BINARY_DIR}/kernels/${module})
  file(CONFIGURE OUTPUT ${sources}/entry.cpp
    CONTENT "#include <sluice/cuda/module/kernels_entry.hpp>\n")
  sluice_kernel_module(${module} FILES ${arg_FILES} SOURCES ${sources}/entry.cpp
    EXPORTS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cuda_kernels.exports)
  target_include_directories(${module} PRIVATE
    $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  set_target_properties(${module} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY $<TARGET_FILE_DIR:${target}>)

  file(CONFIGURE OUTPUT ${sources}/name.cpp CONTENT
"#include <sluice/cuda/detail/kernel_module.hpp>

static sluice::detail::kernel_module const kernels(\"@module@.so\");
" @ONLY)
  target_sources(${target} PRIVATE ${sources}/name.cpp)
  add_dependencies(${target} ${module})
  message(STATUS "kernels of ${target} for CUDA: ${module}.so, for ${SLUICE_CUDA_ARCHITECTURES}")
endfunction()
cmake_policy(POP)
