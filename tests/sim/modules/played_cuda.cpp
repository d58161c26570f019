// A CUDA driver's module that plays a device on the host: what is given to a stream is done at the
// call, and an event says so when it is asked for the third time. It has the kernels of random
// programs, compiled for the host. With SLUICE_PLAYED_CUDA=wrong a kernel changes a byte too much.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <sim/blend.kernel.hpp>
#include <sluice/cuda/detail/module_abi.hpp>
#include <sluice/cuda/launch.hpp>

namespace {

using namespace sluice::test::sim;

constexpr std::size_t page_bytes = 4096;
constexpr int out_of_memory = 2;

struct played_event {
  std::atomic<int> asks_left{0};
};

bool is_wrong() {
  char const* const set = std::getenv("SLUICE_PLAYED_CUDA");
  return set != nullptr && std::string_view(set) == "wrong";
}

void facts(sluice_cuda_facts* found) {
  *found = {};
  found->devices = 1;
  found->driver_version = found->runtime_version = 13000;
}

int open(int, sluice_cuda_device* found, sluice_cuda_problem*) {
  *found = {};
  std::snprintf(found->name, sizeof found->name, "played on the host");
  found->free_bytes = found->total_bytes = std::uint64_t{64} << 20;
  return 0;
}

int allocate(int, std::size_t bytes, void** memory, sluice_cuda_problem*) {
  *memory = std::aligned_alloc(page_bytes, (bytes + page_bytes) / page_bytes * page_bytes);
  return *memory != nullptr ? 0 : out_of_memory;
}
int give_back(int, void* memory, sluice_cuda_problem*) {
  std::free(memory);
  return 0;
}

int make_stream(int, void** stream, sluice_cuda_problem*) {
  *stream = new char();
  return 0;
}
int destroy_stream(int, void* stream, sluice_cuda_problem*) {
  delete static_cast<char*>(stream);
  return 0;
}

int make_event(int, void** event, sluice_cuda_problem*) {
  *event = new played_event();
  return 0;
}
int destroy_event(int, void* event, sluice_cuda_problem*) {
  delete static_cast<played_event*>(event);
  return 0;
}
int record(int, void* event, void*, sluice_cuda_problem*) {
  static_cast<played_event*>(event)->asks_left.store(2);
  return 0;
}
int wait(int, void*, void*, sluice_cuda_problem*) {
  return 0;
}
int is_done(int, void* event, int* done, sluice_cuda_problem*) {
  *done = static_cast<played_event*>(event)->asks_left.fetch_sub(1) <= 0 ? 1 : 0;
  return 0;
}
int sync(int, void* event, sluice_cuda_problem*) {
  static_cast<played_event*>(event)->asks_left.store(0);
  return 0;
}
int sync_stream(int, void*, sluice_cuda_problem*) {
  return 0;
}

int stream_is_done(int, void*, int* done, sluice_cuda_problem*) {
  *done = 1;
  return 0;
}

int copy(int, void*, void* to, void const* from, std::size_t bytes, int, sluice_cuda_problem*) {
  std::memmove(to, from, bytes);
  return 0;
}

void blend(sluice_cuda_launch const& launch, sluice::host_run const& run) {
  using arguments = sluice::detail::signature_of<blend_body, sluice::host_exec>::arguments;
  sluice::detail::run_with<blend_body, sluice::sim_exec>(launch.arguments, run);
  auto const& to = static_cast<arguments const*>(launch.arguments)->tail.tail.head;
  if (is_wrong() && to.size() != 0) *sluice::raw_view::data(to) ^= 1U;
}

int launch(int, void*, sluice_cuda_launch const* launch, sluice_cuda_problem* problem) {
  std::string_view const name = launch->kernel;
  sluice::host_run run;
  run.workspace = static_cast<std::byte*>(launch->workspace);
  run.workspace_bytes = launch->workspace_bytes;
  if (name == blend_body::name)
    blend(*launch, run);
  else if (name == total_body::name)
    sluice::detail::run_with<total_body, sluice::sim_exec>(launch->arguments, run);
  else if (name == spell_body::name)
    sluice::detail::run_with<spell_body, sluice::sim_exec>(launch->arguments, run);
  else
    return std::snprintf(problem->text, sizeof problem->text, "there is no such kernel"),
           problem->code = 98;
  return 0;
}

char const* kernel_name(std::size_t index) {
  constexpr char const* names[] = {blend_body::name, total_body::name, spell_body::name, nullptr};
  return names[std::min<std::size_t>(index, 3)];
}

constexpr sluice_cuda_driver_table table = {sluice_cuda_abi_version,
                                            facts,
                                            open,
                                            allocate,
                                            give_back,
                                            allocate,
                                            give_back,
                                            make_stream,
                                            destroy_stream,
                                            make_event,
                                            destroy_event,
                                            record,
                                            wait,
                                            is_done,
                                            sync,
                                            sync_stream,
                                            stream_is_done,
                                            copy,
                                            launch,
                                            kernel_name};

}  // namespace

extern "C" sluice_cuda_driver_table const* sluice_cuda_driver(int abi_version) {
  return abi_version == sluice_cuda_abi_version ? &table : nullptr;
}
