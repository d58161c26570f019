#include <sim/execute.hpp>
#include <sim/main_program.hpp>
#include <sluice/store/detail/audit.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace sluice::test::sim {

namespace {

constexpr std::size_t ample_bytes = std::size_t{4} << 20;

store_options memory_of(program const& all) {
  bool const ample = all.memory.how != limits::given::bytes;
  store_options memory;
  memory.disk_bytes = std::size_t{256} << 20;
  memory.host_bytes = ample ? 16 * ample_bytes : all.memory.host;
  memory.device_bytes.assign(all.gpus, ample ? ample_bytes : all.memory.device);
  if (all.gpus > 0) memory.pinned_bytes = ample ? ample_bytes : all.memory.pinned;
  return memory;
}

std::vector<location> pools_of(program const& all) {
  std::vector<location> pools{location(tier::pinned), location(tier::host), location(tier::disk)};
  for (unsigned i = 0; i < all.gpus; ++i) pools.emplace_back(tier::device, static_cast<int>(i));
  return pools;
}

// Of what a CUDA driver opens when it likes, devices and memory, nothing is counted.
bool is_drivers(std::filesystem::directory_entry const& open) {
  std::error_code gone;
  std::string const what = std::filesystem::read_symlink(open.path(), gone).string();
  return !what.starts_with('/') || what.starts_with("/dev/") || what.starts_with("/memfd:");
}

std::size_t open_files(bool of_cuda) {
  std::filesystem::directory_iterator const all("/proc/self/fd");
  return static_cast<std::size_t>(std::count_if(
      begin(all), end(all), [&](auto const& each) { return !of_cuda || !is_drivers(each); }));
}

// Memory that a device still reads is charged until it is done; asking lets a simulated one go on.
std::size_t used_bytes(runtime& rt, location pool) {
  constexpr int asks_max = 100'000;
  std::size_t used = rt.store().figures(pool).used_bytes;
  for (int asks = 0; used != 0 && asks < asks_max; ++asks)
    used = rt.store().figures(pool).used_bytes;
  return used;
}

bool hangs(fault_plan const* faults) {
  return faults != nullptr && faults->struck(fault_site::hang) != 0;
}

// C13: what a device that hangs may still use is not given back. It may begin to hang meanwhile.
void note_accounts(program const& all, runtime& rt, fault_plan const* faults, execution& made) {
  for (location const each : pools_of(all)) {
    pool_figures const found = rt.store().figures(each);
    bool const on_disk = each.which() == tier::disk;
    std::size_t const used = hangs(faults) && !on_disk ? 0 : used_bytes(rt, each);
    if (used != 0 && (on_disk || !hangs(faults)))
      made.left_behind += name_of(each) + ": " + std::to_string(used) + " bytes; ";
    if (found.peak_bytes > found.limit_bytes)
      made.left_behind +=
          name_of(each) + ": " + std::to_string(found.peak_bytes) + " bytes above its limit; ";
    std::size_t& peak = each.which() == tier::device   ? made.device_peak
                        : each.which() == tier::pinned ? made.pinned_peak
                                                       : made.host_peak;
    if (each.which() != tier::disk) peak = std::max(peak, found.peak_bytes);
  }
  if (std::size_t const open = rt.store().open_readings(); open != 0)
    made.left_behind += std::to_string(open) + " open readings; ";
  made.spilled_bytes = rt.store().spilled_bytes();
}

// Before which step the faults stop; behind all of them when they do not.
std::size_t stop_of(program const& all) {
  if (all.faults != going_wrong::liveness) return all.steps.size() + 1;
  return detail::seeded_random(all.seed ^ 0x6c697665u).below(all.steps.size() + 1);
}

// What was given to a stream may fail until it has run, and with it whatever is given behind it.
// Freeing memory waits for all of a device.
void settle(runtime& rt) {
  for (std::size_t i = 0; i < rt.world().device_count(); ++i) try {
      driver& device = rt.world().device(i);
      device.free_pinned(device.allocate_pinned(1));
    } catch (device_lost const&) {
      continue;
    } catch (device_timeout const&) {
      continue;
    }
}

class run_of {
 public:
  run_of(program const& all, runtime& rt, run_counts& counts,
         std::vector<std::unique_ptr<job>>& jobs, fault_plan* faults)
      : all_(all), rt_(rt), counts_(counts), jobs_(jobs), faults_(faults) {}

  void run(execution& made) {
    std::size_t const stop = stop_of(all_);
    main_program running(all_, rt_, jobs_, counts_);
    for (std::size_t i = 0; i < all_.steps.size(); ++i) {
      if (i == stop) faults_->stop();
      made.seen.push_back(running.take(all_.steps[i]));
      look_into_store(made, detail::store_moment::busy, "behind step " + std::to_string(i));
    }
    if (all_.faults == going_wrong::liveness) run_again(running, made);
  }

 private:
  // Beside what the first run has made, which can leave memory as everything can.
  void run_again(main_program& first, execution& made) {
    faults_->stop();
    first.end_tasks();
    counts_.awake = true;
    constexpr int some = 400;
    if (!ended(counts_.frames, rt_, some)) {
      first.take(nothing_moves());  // C15: who waits for memory is told when all wait
      if (!hangs(faults_) && !ended(counts_.frames, rt_))
        made.left_behind += "tasks run on, and for nobody; ";
    }
    settle(rt_);
    look_into_store(made, detail::store_moment::quiet, "behind the faults");
    counts_.awake = false;
    main_program again(all_, rt_, jobs_, counts_);
    for (step const& each : all_.steps) made.seen_again.push_back(again.take(each));
  }

  static step nothing_moves() {
    step made;
    made.what = doing::knot;
    return made;
  }

  void look_into_store(execution& made, detail::store_moment at, std::string const& when) {
    std::string const found = detail::audit(rt_.store(), at);
    if (!found.empty()) made.left_behind += when + ": " + found;
  }

  program const& all_;
  runtime& rt_;
  run_counts& counts_;
  std::vector<std::unique_ptr<job>>& jobs_;
  fault_plan* const faults_;
};

void note_faults(fault_plan const& plan, fault_counts& made) {
  for (std::size_t i = 0; i < fault_site_count; ++i) {
    made.visits[i] = plan.visits(static_cast<fault_site>(i));
    made.struck[i] = plan.struck(static_cast<fault_site>(i));
  }
}

// C17: what ran where. Of a task that may run anywhere only the sum is known.
void note_figures(runtime& rt, std::vector<std::unique_ptr<job>> const& jobs, execution& made) {
  std::map<std::string, long> all;
  std::map<std::pair<std::string, std::string>, long> placed;
  for (auto const& each : jobs) {
    if (!each->submitted) continue;
    std::string const& name = each->plan->runs_as();
    ++all[name];
    if (each->plan->where != target::any) ++placed[{name, name_of(place_of(each->plan->where))}];
  }
  for (task_figures const& each : rt.figures()) {
    all[each.task] -= static_cast<long>(each.tasks);
    placed[{each.task, name_of(each.where)}] -= static_cast<long>(each.tasks);
  }
  for (auto const& [name, missing] : all)
    if (missing != 0 && name != "knot")
      made.left_behind += "figures of " + name + " lack " + std::to_string(missing) + " tasks; ";
  for (auto const& [at, missing] : placed)
    if (missing > 0)
      made.left_behind += "figures of " + at.first + " lack " + std::to_string(missing) +
                          " tasks at " + at.second + "; ";
}

// C12, C14: which bodies went on when they should not. To let one through once is an answer to a
// stall.
void note_bodies(std::vector<std::unique_ptr<job>> const& jobs, execution& made) {
  std::uint64_t over_windows = 0;
  for (auto const& each : jobs) {
    if (each->ran_on) made.left_behind += each->plan->name + " yields behind its stop; ";
    over_windows += each->over_windows;
  }
  if (over_windows > made.stalls)
    made.left_behind += std::to_string(over_windows) + " times a body went on beyond its window, " +
                        "at " + std::to_string(made.stalls) + " stalls; ";
}

// The main program becomes one of those that use it, as long as it lives.
class neighbour {
 public:
  explicit neighbour(program const& all) : rt_(machine::simulated(of(all)), little()) {
    auto const one = +[](int given) { return given; };
    rt_.get(rt_.submit(task("one", one), 1));
  }

 private:
  static simulation_options of(program const& all) {
    simulation_options options(all.seed);
    options.gpus = 0;
    return options;
  }
  static runtime_options little() {
    runtime_options options;
    options.workers = 1;
    options.memory.emplace();
    options.memory->host_bytes = ample_bytes;
    return options;
  }

  runtime rt_;
};

// Null when the machine refuses the memory that a store begins with, as its faults may say.
std::unique_ptr<runtime> runtime_on(program const& all, machine on) {
  runtime_options options;
  fault_plan const* const faults = on.faults();
  if (faults != nullptr && faults->is_on(fault_site::hang))
    options.device_timeout = std::chrono::seconds(10);  // of made-up time
  options.workers = all.workers;
  options.memory = memory_of(all);
  try {
    return std::make_unique<runtime>(std::move(on), std::move(options));
  } catch (device_error const&) {
    if (!all.has_faults()) throw;
    return nullptr;
  }
}

}  // namespace

void fault_counts::add(fault_counts const& more) {
  for (std::size_t i = 0; i < fault_site_count; ++i) {
    visits[i] += more.visits[i];
    struck[i] += more.struck[i];
  }
}

execution execute(program const& all, machine on, fault_plan* faults) {
  execution made;
  run_counts counts;
  std::vector<std::unique_ptr<job>> jobs;
  bool const of_cuda = on.device_count() != 0 && on.device(0).info().kind == device_kind::cuda;
  std::size_t const files = open_files(of_cuda);
  {
    std::optional<neighbour> beside;
    if (all.neighbour) beside.emplace(all);
    auto const rt = runtime_on(all, std::move(on));
    made.refused = rt == nullptr;
    if (rt != nullptr) {
      counts.clock = &rt->world().waits();
      run_of(all, *rt, counts, jobs, faults).run(made);
      if (all.ends_by_itself() && !ended(counts.frames, *rt))  // C12
        made.left_behind += std::to_string(counts.frames) + " bodies run on, and for nobody; ";
      rt->shutdown();
      made.stalls = rt->stalls();
      note_bodies(jobs, made);
      made.trace_hash = rt->world().waits().trace_hash();
      note_accounts(all, *rt, faults, made);
      note_figures(*rt, jobs, made);
    }
  }
  if (faults != nullptr) note_faults(*faults, made.faults);
  if (long const alive = counts.frames; alive != 0)
    made.left_behind += std::to_string(alive) + " frames; ";
  if (std::size_t const now = open_files(of_cuda); now > files)
    made.left_behind += std::to_string(now - files) + " open files; ";
  made.waits_for_memory = counts.waits_for_memory;
  made.waits_for_window = counts.waits_for_window;
  return made;
}

program with_limits(program const& all, execution const& ample, prediction const& must) {
  program limited = all;
  auto const part = [&](std::size_t peak) {
    constexpr std::size_t unit = 256;
    std::size_t const cut = peak * all.memory.thousandths / 1000;
    limits::promise const promised = all.memory.promised;
    std::size_t const least = promised == limits::promise::all      ? must.enough_bytes
                              : promised == limits::promise::oldest ? must.enough_for_oldest
                                                                    : 0;
    return std::max({(cut + unit - 1) / unit * unit, least, unit});
  };
  limited.memory.how = limits::given::bytes;
  limited.memory.device = part(ample.device_peak);
  bool const pageable_only = all.seed % 5 == 0;
  limited.memory.pinned = pageable_only ? 0 : part(ample.pinned_peak);
  limited.memory.host = part(ample.host_peak);
  return limited;
}

}  // namespace sluice::test::sim
