#include <sluice/runtime/machine.hpp>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <sluice/cuda/error.hpp>
#include <sluice/runtime/detail/cores.hpp>
#include <sluice/runtime/detail/machine_access.hpp>
#include <sluice/runtime/detail/real_waits.hpp>
#include <sluice/runtime/detail/sim_threads.hpp>
#include <sluice/runtime/detail/watched_driver.hpp>

namespace sluice {

namespace {

class real_thread final : public os_waits::thread {
 public:
  explicit real_thread(std::function<void()> body) : thread_(std::move(body)) {}
  ~real_thread() override { thread_.join(); }

 private:
  std::thread thread_;
};

// SLUICE_MACHINE=sim:SEED or sim:SEED:ORDER in the environment.
std::optional<simulation_options> simulation_asked_for() {
  char const* const asked = std::getenv("SLUICE_MACHINE");
  if (asked == nullptr || *asked == '\0') return {};
  std::string_view const text(asked);
  constexpr std::string_view sim = "sim:";
  simulation_options options;
  if (text.starts_with(sim)) {
    char const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data() + sim.size(), end, options.seed);
    bool const has_order = read.ptr != end && *read.ptr == ':';
    if (has_order) options.order = sim_order_named(std::string_view(read.ptr + 1, end));
    if (read.ec == std::errc() && (has_order ? options.order.has_value() : read.ptr == end))
      return options;
  }
  throw device_unavailable("SLUICE_MACHINE is '" + std::string(text) +
                           "', which is no machine; give sim:SEED or sim:SEED:ORDER, as in "
                           "SLUICE_MACHINE=sim:7, or leave it out. ORDER is one of: " +
                           sim_order_names());
}

}  // namespace

std::unique_ptr<os_waits::thread> os_waits::start(std::function<void()> body) {
  return std::make_unique<real_thread>(std::move(body));
}

std::chrono::nanoseconds os_waits::let_pass(std::chrono::nanoseconds time) {
  if (time > std::chrono::nanoseconds(0)) make_spot()->wait(now() + time);
  return now();
}

struct machine::state {
  explicit state(machine_parts from) : parts(std::move(from)), host(open_host(parts.log)) {
    if (!parts.waits) parts.waits = detail::make_real_waits();
    if (!parts.files) parts.files = open_system_disk();
    if (parts.cores == 0) parts.cores = detail::usable_cores();
    if (parts.memory_bytes == 0) parts.memory_bytes = detail::usable_memory_bytes();
    if (!parts.devices.empty())
      parts.no_device_reason.clear();
    else if (parts.no_device_reason.empty())
      parts.no_device_reason = "this machine was made without devices";
  }

  machine_parts parts;
  std::unique_ptr<driver> host;
  std::vector<detail::watched_driver*> watched;  // of parts.devices
};

void detail::machine_access::watch_devices(machine& on, std::chrono::nanoseconds timeout) {
  machine_parts& parts = on.state_->parts;
  auto const shared = std::make_shared<watched_machine>(*parts.waits);
  for (std::unique_ptr<driver>& each : parts.devices) {
    auto watched = std::make_unique<watched_driver>(std::move(each), shared, timeout);
    on.state_->watched.push_back(watched.get());
    each = std::move(watched);
  }
}

std::span<detail::watched_driver* const> detail::machine_access::watched(
    machine const& on) noexcept {
  return on.state_->watched;
}

machine::machine(machine_parts parts) : state_(std::make_unique<state>(std::move(parts))) {}
machine::machine(machine&&) noexcept = default;
machine::~machine() = default;

machine machine::detect(trace* log) {
  if (auto options = simulation_asked_for()) {
    options->log = log;
    return simulated(*options);
  }
  machine_parts parts;
  parts.log = log;
  cuda_presence const found = find_cuda();
  parts.no_device_reason = found.reason;
  for (int i = 0; i < found.devices; ++i) {
    try {
      parts.devices.push_back(open_cuda(i, log));
    } catch (error const& refused) {
      parts.no_device_reason = refused.what();
    }
  }
  return machine(std::move(parts));
}

machine machine::cpu_only(trace* log) {
  machine_parts parts;
  parts.log = log;
  parts.no_device_reason = "devices were not asked for";
  return machine(std::move(parts));
}

machine machine::simulated(simulation_options const& options) {
  machine_parts parts;
  parts.log = options.log;
  parts.seed = options.seed;
  parts.cores = options.cores;
  parts.memory_bytes = options.memory_bytes;
  parts.faults = options.faults;
  std::optional<detail::thread_order> order;
  if (options.order) order = detail::thread_order_of(*options.order);
  parts.waits = std::make_unique<detail::sim_threads>(options.seed, order);
  parts.files =
      open_simulated_disk(options.faults, [waits = parts.waits.get()] { waits->pause(); });
  auto const hazards = options.hazards ? options.hazards : std::make_shared<hazard_log>();
  for (std::size_t i = 0; i < options.gpus; ++i) {
    sim_options device;
    device.seed = options.seed;
    device.order = options.order;
    device.hazards = hazards;
    device.index = static_cast<int>(i);
    device.memory_bytes = options.device_bytes;
    device.faults = options.faults;
    device.log = options.log;
    parts.devices.push_back(open_sim(device));
  }
  return machine(std::move(parts));
}

machine machine::with_simulated_devices(std::vector<sim_options> devices, trace* log) {
  machine_parts parts;
  parts.log = log;
  if (!devices.empty()) parts.seed = devices.front().seed;
  int index = 0;
  auto const hazards = std::make_shared<hazard_log>();
  for (sim_options options : devices) {
    options.index = index++;
    if (options.hazards == nullptr) options.hazards = hazards;
    if (options.log == nullptr) options.log = log;
    parts.devices.push_back(open_sim(options));
  }
  return machine(std::move(parts));
}

unsigned machine::cores() const noexcept {
  return state_->parts.cores;
}
std::size_t machine::memory_bytes() const noexcept {
  return state_->parts.memory_bytes;
}
std::string machine::topology() const {
  return detail::describe_topology();
}
std::size_t machine::device_count() const noexcept {
  return state_->parts.devices.size();
}

driver& machine::device(std::size_t index) const {
  auto const& devices = state_->parts.devices;
  if (index < devices.size()) return *devices[index];
  std::string text = "device " + std::to_string(index) + " was asked for; this machine has ";
  text += std::to_string(devices.size());
  if (devices.empty()) text += ": " + state_->parts.no_device_reason;
  throw device_unavailable(std::move(text));
}

std::string const& machine::no_device_reason() const noexcept {
  return state_->parts.no_device_reason;
}
driver& machine::host() const noexcept {
  return *state_->host;
}
disk& machine::files() const noexcept {
  return *state_->parts.files;
}
os_waits& machine::waits() const noexcept {
  return *state_->parts.waits;
}
std::uint64_t machine::seed() const noexcept {
  return state_->parts.seed;
}
fault_plan* machine::faults() const noexcept {
  return state_->parts.faults.get();
}
trace* machine::log() const noexcept {
  return state_->parts.log;
}

}  // namespace sluice
