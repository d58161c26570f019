# Everything of ours that links CUDA goes into one module, lib/sluice/sluice_cuda_driver.so, which
# the driver seam of the cuda room opens at run time. Without nvcc there simply is none.
include(kernels)

function(sluice_cuda_module)
  set(module_folder ${CMAKE_INSTALL_LIBDIR}/sluice)
  set(module ${PROJECT_BINARY_DIR}/${module_folder}/sluice_cuda_driver.so)
  # Where programs find it: beside themselves, as in the build folder and an installed prefix; else
  # by the run path that an installed sluice::cuda adds to who links it.
  file(RELATIVE_PATH from_bin /${CMAKE_INSTALL_BINDIR} /${module_folder})
  target_compile_definitions(sluice_cuda PRIVATE SLUICE_MODULE_FOLDER="${from_bin}")

  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cuda/module/*.cpp
    ${PROJECT_SOURCE_DIR}/cuda/module/*.cu)
  if(NOT SLUICE_HAS_CUDA)
    message(STATUS "CUDA module: none (SLUICE_CUDA=${SLUICE_CUDA}, nvcc: ${SLUICE_NVCC})")
    return()
  endif()

  file(GLOB kernels CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/kernels/detail/*.kernel.hpp)
  list(TRANSFORM kernels PREPEND sluice/)
  sluice_kernel_module(sluice_cuda_driver FILES ${kernels} SOURCES ${sources}
    EXPORTS ${PROJECT_SOURCE_DIR}/cmake/cuda_driver.exports)
  set_target_properties(sluice_cuda_driver PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${module_folder})
  # Of the kernels room only the include root: its host bodies are not for this module.
  target_include_directories(sluice_cuda_driver PRIVATE ${PROJECT_BINARY_DIR}/rooms/kernels)
  target_link_libraries(sluice_cuda_driver PRIVATE sluice_warnings)

  install(TARGETS sluice_cuda_driver LIBRARY DESTINATION ${module_folder})
  target_link_options(sluice_cuda INTERFACE
    $<INSTALL_INTERFACE:LINKER:-rpath,$<INSTALL_PREFIX>/${module_folder}>)
  if(NOT PROJECT_IS_TOP_LEVEL)  # a part of another build, whose programs stand elsewhere
    target_link_options(sluice_cuda INTERFACE
      $<BUILD_INTERFACE:LINKER:-rpath,${PROJECT_BINARY_DIR}/${module_folder}>)
  endif()
  message(STATUS "CUDA module: ${module} for ${SLUICE_CUDA_ARCHITECTURES}")
endfunction()
