// What a runtime runs on: cores, devices, disk, clock and waits. Everything that is not
// deterministic is given in here, so that a simulated machine can stand in its place.
//
//   Units    bytes, nanoseconds.
//   Owner    the machine owns its devices' drivers and its disk; it outlives the runtime on it.
//   Threads  the accessors may be called from any thread.
//   Errors   device_unavailable when a device is asked for that is not there, with the reason.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/cuda/device.hpp>
#include <sluice/cuda/faults.hpp>
#include <sluice/cuda/hazards.hpp>
#include <sluice/cuda/sim_order.hpp>
#include <sluice/store/disk.hpp>

namespace sluice {

namespace detail {
class watched_driver;
struct machine_access;
}  // namespace detail

// Time, threads and blocking, as the runtime sees them. On a simulated machine other threads may
// run inside pause(), now() and wait(): none of them is called with a lock held.
class os_waits {
 public:
  // One place where one thread at a time waits. Made by the seam it is used with.
  class spot {
   public:
    virtual ~spot() = default;
    // Returns after a notify() since the last wait, or at `at`; spurious returns are allowed.
    virtual void wait(std::optional<std::chrono::nanoseconds> at) = 0;
    virtual void notify() noexcept = 0;
  };

  // A thread that runs; destroying it waits for its end.
  class thread {
   public:
    virtual ~thread() = default;
  };

  os_waits() = default;
  os_waits(os_waits const&) = delete;
  os_waits& operator=(os_waits const&) = delete;
  virtual ~os_waits() = default;

  virtual std::chrono::nanoseconds now() const noexcept = 0;
  // For one who looks again and again for what no other thread does: the time afterwards. May be
  // called with locks held; on a simulated machine no other thread runs meanwhile.
  virtual std::chrono::nanoseconds let_pass(std::chrono::nanoseconds time);
  virtual std::unique_ptr<spot> make_spot() = 0;
  virtual std::unique_ptr<thread> start(std::function<void()> body);
  // Between two steps that others may come between: nothing, but on a simulated machine.
  void pause() noexcept {
    if (pauses_) do_pause();
  }
  // Whether other threads move on while one looks again and again without waiting.
  virtual bool runs_beside() const noexcept { return true; }
  // Of the order in which everything ran; 0 where that is not decided here.
  virtual std::uint64_t trace_hash() const noexcept { return 0; }

 protected:
  enum class pauses : std::uint8_t { yes };
  explicit os_waits(pauses) noexcept : pauses_(true) {}

 private:
  virtual void do_pause() noexcept {}

  bool const pauses_ = false;
};

// What a test gives in; what is left empty is the real thing.
class machine_parts {
 public:
  machine_parts() = default;

  std::unique_ptr<os_waits> waits;
  std::unique_ptr<disk> files;
  std::vector<std::unique_ptr<driver>> devices;
  std::string no_device_reason;  // of an empty list of devices
  unsigned cores = 0;            // 0: those this process may use
  std::size_t memory_bytes = 0;  // 0: what this process may use
  std::uint64_t seed = 1;
  std::shared_ptr<fault_plan> faults;  // null: nothing goes wrong on purpose
  trace* log = nullptr;
};

// A machine that is made up: the same program on it runs the same way for the same seed.
class simulation_options {
 public:
  explicit simulation_options(std::uint64_t of = 1) noexcept : seed(of) {}

  std::uint64_t seed;
  std::optional<sim_order> order;  // of devices and threads; empty: the seed draws them
  std::size_t gpus = 1;
  std::size_t device_bytes = std::size_t{256} << 20;  // of each
  std::size_t memory_bytes = std::size_t{4} << 30;    // of the host
  unsigned cores = 2;
  std::shared_ptr<fault_plan> faults;  // null: nothing goes wrong
  // Null: one of the machine's own, so the first hazard ends the process.
  std::shared_ptr<hazard_log> hazards;
  trace* log = nullptr;
};

class machine {
 public:
  // Every core, every CUDA device that can be used; why not, if none. With SLUICE_MACHINE=sim:SEED
  // in the environment, the simulated one of that seed; with sim:SEED:ORDER, in that order.
  static machine detect(trace* log = nullptr);
  // Every core, no device.
  static machine cpu_only(trace* log = nullptr);
  // One thread runs at a time and the seed says which, time is made up, and devices run late. The
  // calling thread is the program: what it waits for must come from the runtime.
  static machine simulated(simulation_options const& options);
  // Every core, and simulated devices under real threads.
  static machine with_simulated_devices(std::vector<sim_options> devices, trace* log = nullptr);

  explicit machine(machine_parts parts);
  machine(machine&&) noexcept;
  ~machine();

  unsigned cores() const noexcept;  // those this process may use: affinity and cgroup quota
  std::size_t memory_bytes() const noexcept;  // what it may use: the machine's, or its cgroup's
  std::string topology() const;               // packages, NUMA nodes, cores, threads, in words
  std::size_t device_count() const noexcept;
  driver& device(std::size_t index) const;
  std::string const& no_device_reason() const noexcept;  // empty when there is one
  driver& host() const noexcept;
  disk& files() const noexcept;
  os_waits& waits() const noexcept;
  std::uint64_t seed() const noexcept;  // of everything the runtime draws at random
  fault_plan* faults() const noexcept;  // null on every real machine
  trace* log() const noexcept;

 private:
  friend struct detail::machine_access;
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice
