# sluice::thrust: Thrust as g++ sees it, for the host bodies of kernels. Plain include path and
# definitions: find_package(Thrust) would take CUDA's copy whenever nvcc is on PATH.
#
# The sequential system on both sides: chunks, not elements, are the parallelism. Installed beside
# SluiceConfig.cmake, for kernels of other projects.

# Sets sluice_thrust_version, such as 101702, in the caller's scope.
function(sluice_find_thrust)
  find_path(SLUICE_THRUST_DEBIAN thrust/version.h
    PATHS /usr/include /usr/local/include NO_DEFAULT_PATH)
  find_path(SLUICE_THRUST_CCCL thrust/version.h
    HINTS ${CUDAToolkit_ROOT} $ENV{CUDA_PATH} $ENV{CUDA_HOME} /usr/local/cuda
    PATH_SUFFIXES include/cccl NO_DEFAULT_PATH)
  mark_as_advanced(SLUICE_THRUST_DEBIAN SLUICE_THRUST_CCCL)
  if(SLUICE_THRUST MATCHES "^(AUTO|debian)$" AND SLUICE_THRUST_DEBIAN)
    set(root ${SLUICE_THRUST_DEBIAN})
  elseif(SLUICE_THRUST MATCHES "^(AUTO|cccl)$" AND SLUICE_THRUST_CCCL)
    set(root ${SLUICE_THRUST_CCCL})
  else()
    message(FATAL_ERROR
      "no Thrust for SLUICE_THRUST=${SLUICE_THRUST}: install libthrust-dev or a CUDA toolkit 13")
  endif()
  file(STRINGS ${root}/thrust/version.h line REGEX "^#define THRUST_VERSION ")
  string(REGEX MATCH "[0-9]+" version "${line}")
  set(sluice_thrust_version ${version} PARENT_SCOPE)
  if(TARGET sluice::thrust)
    return()
  endif()
  message(STATUS "Thrust for the host: ${root} (${version})")
  add_library(sluice::thrust INTERFACE IMPORTED)
  target_include_directories(sluice::thrust SYSTEM INTERFACE ${root})
  target_compile_definitions(sluice::thrust INTERFACE
    THRUST_HOST_SYSTEM=THRUST_HOST_SYSTEM_CPP THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP)
endfunction()
