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
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/cuda/device.hpp>
#include <sluice/store/disk.hpp>

namespace sluice {

// Time and blocking, as the runtime sees them.
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

  virtual ~os_waits() = default;
  virtual std::chrono::nanoseconds now() const noexcept = 0;
  virtual std::unique_ptr<spot> make_spot() = 0;
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
  trace* log = nullptr;
};

class machine {
 public:
  // Every core, every CUDA device that can be used; why not, if none.
  static machine detect(trace* log = nullptr);
  // Every core, no device.
  static machine cpu_only(trace* log = nullptr);
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
  trace* log() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice
