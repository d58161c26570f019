# sluice_thrust: Thrust as g++ sees it, for the host bodies of kernels. Plain include path and
# definitions: find_package(Thrust) would take CUDA's copy whenever nvcc is on PATH.
#
# The sequential system on both sides: chunks, not elements, are the parallelism.

find_path(SLUICE_THRUST_DEBIAN thrust/version.h
  PATHS /usr/include /usr/local/include NO_DEFAULT_PATH)
find_path(SLUICE_THRUST_CCCL thrust/version.h
  HINTS ${CUDAToolkit_ROOT} $ENV{CUDA_PATH} $ENV{CUDA_HOME} /usr/local/cuda
  PATH_SUFFIXES include/cccl NO_DEFAULT_PATH)

set(thrust_root "")
if(SLUICE_THRUST MATCHES "^(AUTO|debian)$" AND SLUICE_THRUST_DEBIAN)
  set(thrust_root ${SLUICE_THRUST_DEBIAN})
elseif(SLUICE_THRUST MATCHES "^(AUTO|cccl)$" AND SLUICE_THRUST_CCCL)
  set(thrust_root ${SLUICE_THRUST_CCCL})
else()
  message(FATAL_ERROR
    "no Thrust for SLUICE_THRUST=${SLUICE_THRUST}: install libthrust-dev or a CUDA toolkit 13")
endif()
message(STATUS "Thrust for the host: ${thrust_root}")

add_library(sluice_thrust INTERFACE)
target_include_directories(sluice_thrust SYSTEM INTERFACE ${thrust_root})
target_compile_definitions(sluice_thrust INTERFACE
  THRUST_HOST_SYSTEM=THRUST_HOST_SYSTEM_CPP THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP)
