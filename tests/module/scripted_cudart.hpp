// A CUDA runtime that does nothing but note its calls and answer as told, to be linked instead of
// NVIDIA's.
//
//   Owner    the script is one for the process; a test begins by clearing it.
//   Threads  one.
//   Source   like NVIDIA's, it keeps a thread's last error until somebody asks for it, also the
//            cudaErrorNotReady of a query, which PyTorch clears after every query for that reason.

#pragma once

#include <cuda_runtime_api.h>

#include <map>
#include <string>

namespace sluice::test {

struct cuda_script {
  std::string calls;                           // "set_device(3) malloc(1000) "
  std::map<std::string, cudaError_t> answers;  // by name; success where there is none
  cudaError_t last_error = cudaSuccess;

  // What every scripted call does.
  cudaError_t play(std::string const& name, std::string const& arguments);
};

cuda_script& script();

}  // namespace sluice::test
