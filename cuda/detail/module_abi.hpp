// What CUDA modules give to the driver seam: a table of plain functions. The only thing that both
// sides of dlopen must agree on. One module is the driver; others have a program's own kernels.
//
//   Units    bytes.
//   Owner    handles belong to the module; the caller destroys them. The table is static.
//   Threads  every function may be called from any thread; each sets the current device itself.
//   Errors   a function returns 0, or a CUDA code with `problem` filled in. No exception crosses.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

inline constexpr int sluice_cuda_abi_version = 3;

struct sluice_cuda_problem {
  int code;       // cudaError_t
  int is_sticky;  // the context is gone for this process
  char call[96];  // what was tried
  char text[256];
};

// Every number is there even where `code` says that no device can be used.
struct sluice_cuda_facts {
  int code;  // of asking for the devices
  char text[256];
  int devices;
  int driver_version;   // 1000 * major + 10 * minor; 0: no driver
  int runtime_version;  // the one the module is built with
};

struct sluice_cuda_device {
  char name[256];
  uint64_t free_bytes;
  uint64_t total_bytes;
};

struct sluice_cuda_launch {
  char const* kernel;
  void const* arguments;
  size_t argument_bytes;
  void* workspace;
  size_t workspace_bytes;
};

struct sluice_cuda_driver_table {
  int abi_version;
  void (*facts)(sluice_cuda_facts* facts);
  int (*open)(int device, sluice_cuda_device* found, sluice_cuda_problem* problem);

  int (*allocate)(int device, size_t bytes, void** memory, sluice_cuda_problem* problem);
  int (*free)(int device, void* memory, sluice_cuda_problem* problem);
  int (*allocate_pinned)(int device, size_t bytes, void** memory, sluice_cuda_problem* problem);
  int (*free_pinned)(int device, void* memory, sluice_cuda_problem* problem);

  int (*make_stream)(int device, void** stream, sluice_cuda_problem* problem);
  int (*destroy_stream)(int device, void* stream, sluice_cuda_problem* problem);
  int (*make_event)(int device, void** event, sluice_cuda_problem* problem);
  int (*destroy_event)(int device, void* event, sluice_cuda_problem* problem);

  int (*record)(int device, void* event, void* stream, sluice_cuda_problem* problem);
  int (*wait)(int device, void* stream, void* event, sluice_cuda_problem* problem);
  int (*is_done)(int device, void* event, int* done, sluice_cuda_problem* problem);
  int (*sync)(int device, void* event, sluice_cuda_problem* problem);
  int (*sync_stream)(int device, void* stream, sluice_cuda_problem* problem);
  int (*is_idle)(int device, void* stream, int* idle, sluice_cuda_problem* problem);

  // `direction` is a sluice::copy_direction.
  int (*copy)(int device, void* stream, void* to, void const* from, size_t bytes, int direction,
              sluice_cuda_problem* problem);
  int (*launch)(int device, void* stream, sluice_cuda_launch const* launch,
                sluice_cuda_problem* problem);
  // The i-th kernel of the table; null past its end.
  char const* (*kernel_name)(size_t index);
};

// Of a module of kernels alone; as the functions of the same names above.
struct sluice_cuda_kernels_table {
  int abi_version;
  int (*launch)(int device, void* stream, sluice_cuda_launch const* launch,
                sluice_cuda_problem* problem);
  char const* (*kernel_name)(size_t index);
};

// A module's only symbol. Null when it cannot serve this version.
typedef sluice_cuda_driver_table const* (*sluice_cuda_driver_entry)(int abi_version);
inline constexpr char const* sluice_cuda_driver_entry_name = "sluice_cuda_driver";
typedef sluice_cuda_kernels_table const* (*sluice_cuda_kernels_entry)(int abi_version);
inline constexpr char const* sluice_cuda_kernels_entry_name = "sluice_cuda_kernels";

}  // extern "C"
