# The CUDA module's own code, linked with a runtime that a script plays: cuda/module without a GPU.
if(NOT SLUICE_HAS_CUDA)
  return()
endif()
sluice_tests(module USES sluice::cuda)
target_sources(sluice_module_tests PRIVATE ${PROJECT_SOURCE_DIR}/cuda/module/table_cuda.cpp)
target_include_directories(sluice_module_tests SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
target_include_directories(sluice_module_tests PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
