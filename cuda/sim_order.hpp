// The orders of a simulated machine that can be asked for by name, for its devices and its threads.
//
//   Units    an order holds for a whole run; what it leaves open, the seed says.
//   Streams  each is one that real devices and threads may take.
//   Source   Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized scheduler with probabilistic
//            guarantees of finding bugs, ASPLOS 2010, for `priorities`.
//
// Without a name the seed changes between orders of its own (detail/sim_schedule.hpp).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

enum class sim_order : std::uint8_t {
  uniform,
  priorities,     // of streams and of threads; up to three times the one that runs falls behind all
  starve_stream,  // one stream after another gets nothing while another one can run
  starve_task,    // as the threads in steps of one task, and the streams that one was given
  newest,         // what could run last goes first
  eager,          // whoever asks for an event runs all that can run, as it was enqueued
  at_sync,        // devices do nothing before somebody syncs, or asks for long; then what he needs
  slow_copies,    // copies run when nothing else can, or when somebody has asked for long
};
inline constexpr std::size_t sim_order_count = 8;

std::string_view name_of(sim_order order) noexcept;
// Empty when there is none of this name.
std::optional<sim_order> sim_order_named(std::string_view name) noexcept;
// All names, for who gave a wrong one: "uniform, priorities, ...".
std::string sim_order_names();

}  // namespace sluice
