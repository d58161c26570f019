// What a kernel header includes, also one of another project: the loop, scratch memory and checks
// of a body, and under nvcc the macro that registers it.
//
//   Units    bytes of scratch memory, each part at a multiple of 256.
//   Owner    a scratch_arena is cut from the launch's workspace, for the time of the body's call.
//   Threads  a body runs in one thread; what for_each_index calls may run side by side.
//   Streams  a body enqueues and never waits: no call of Thrust that returns a value.
//   Errors   misuse from check_size and check_workspace, at the launch.
//
//     struct square_at {                                    // no lambda: nvcc must see the type
//       std::uint32_t* values;
//       SLUICE_HD void operator()(std::size_t i) const { values[i] *= values[i]; }
//     };
//     struct square_body {
//       static constexpr char const* name = "square";       // one of its kind in a program
//       template <class Exec>
//       static void run(Exec const& on, sluice::inout<std::uint32_t> values) {
//         sluice::for_each_index(on, values.size(), square_at{on.data(values)});
//       }
//     };
//     #ifdef __CUDACC__                                     // in the global namespace
//     SLUICE_REGISTER_KERNEL(square_body)
//     #endif

#pragma once

#include <sluice/kernels/detail/exec_policy.hpp>
#include <sluice/kernels/detail/workspace.hpp>

namespace sluice {

using detail::check_size;
using detail::check_workspace;
using detail::for_each_index;
using detail::policy;
using detail::scratch_arena;
using detail::scratch_base_bytes;
using detail::scratch_bytes;

}  // namespace sluice
