#include <sluice/tools/pipeline.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include <sluice/cuda/device.hpp>
#include <sluice/tools/dedup_stage.hpp>
#include <sluice/tools/stages.hpp>
#include <sluice/tools/stop_event.hpp>

namespace sluice::tool {

namespace {

constexpr std::array<std::string_view, 7> stage_order{"read",  "split",    "utf8", "hash",
                                                      "dedup", "tokenise", "write"};

// How far a stage after the first may run ahead of the next one.
constexpr window stage_window{2, std::size_t{1} << 40};

machine machine_for(chunk_options const& options, pipeline_hooks const& hooks, trace* log) {
  switch (options.device.kind) {
    case chosen_device::cpu:
      return machine::cpu_only(log);
    case chosen_device::sim: {
      sim_options sim;
      sim.seed = options.device.seed;
      sim.skip_waits = hooks.skip_waits;
      if (options.device_memory_bytes) sim.memory_bytes = *options.device_memory_bytes;
      return machine::with_simulated_devices({sim}, log);
    }
    case chosen_device::automatic:
    case chosen_device::cuda:
      break;
  }
  return machine::detect(log);
}

// Where the kernels run. A device that was asked for by name must be there.
place place_of(chunk_options const& options, machine const& world) {
  switch (options.device.kind) {
    case chosen_device::cpu:
      return cpu;
    case chosen_device::sim:
      return gpu(0);
    case chosen_device::cuda:
      world.device(options.device.index);  // throws why there is none
      return gpu(static_cast<int>(options.device.index));
    case chosen_device::automatic:
      break;
  }
  return any;
}

// The device whose memory the kernels use; `any` is the first one there is.
std::optional<std::size_t> device_of(place kernels, machine const& world) {
  if (kernels.which() == place::kind::cpu || world.device_count() == 0) return std::nullopt;
  return static_cast<std::size_t>(kernels.device());
}

std::size_t device_bytes_of(chunk_options const& options, driver const& device) {
  std::size_t const all = device.info().memory_bytes;
  return std::min(options.device_memory_bytes.value_or(all), all);
}

store_options store_for(memory_plan const& plan, chunk_options const& options, machine const& world,
                        std::optional<std::size_t> device) {
  store_options store;
  store.host_bytes = plan.host_bytes;
  store.pinned_bytes = plan.pinned_bytes;
  store.spill_dir = options.spill_folder;
  for (std::size_t i = 0; i < world.device_count(); ++i)
    store.device_bytes.push_back(i == device ? device_bytes_of(options, world.device(i)) : 0);
  return store;
}

}  // namespace

struct chunk_pipeline::state {
  state(machine world, runtime_options memory) : home(std::move(world), std::move(memory)) {}

  object_ref<write_result> submit(path_list files, std::shared_ptr<shard_writer> to,
                                  memory_plan const& plan);
  value<write_result> wait(object_ref<write_result> const& written);

  runtime home;
  split_rule rule;
  dedup_limits limits;
  place kernels;
  std::uint32_t hash_bits = 64;
  std::shared_ptr<stop_event> const stop = std::make_shared<stop_event>();
  // Filled by the stages, complete once the run has its result.
  std::shared_ptr<std::vector<std::uint64_t>> const file_bytes =
      std::make_shared<std::vector<std::uint64_t>>();
  std::shared_ptr<rejected_sample> rejected;
  std::shared_ptr<run_progress> const progress = std::make_shared<run_progress>();

  std::mutex mutex;
  bool cancelled_early = false;
  object_ref<write_result> result;  // while run() waits for it
};

chunk_pipeline::chunk_pipeline(chunk_options const& options, trace* log, pipeline_hooks hooks)
    : plan_{} {
  machine world = machine_for(options, hooks, log);
  place const kernels = place_of(options, world);
  memory_limits limits(options.memory_bytes.value_or(default_memory_bytes(world)));
  std::optional<std::size_t> const device = device_of(kernels, world);
  if (device) limits.device_bytes = device_bytes_of(options, world.device(*device));
  plan_ = plan_memory(limits);

  runtime_options settings;
  settings.workers = static_cast<unsigned>(options.threads.value_or(0));
  settings.memory = store_for(plan_, options, world, device);
  state_ = std::make_unique<state>(std::move(world), std::move(settings));
  state_->rule = options.split;
  state_->kernels = kernels;
  state_->hash_bits = hooks.hash_bits;
  state_->rejected = std::make_shared<rejected_sample>(options.rejected_max);
  state_->limits.exact = options.dedup;
  state_->limits.documents_max = plan_.documents_max;
  state_->limits.open_texts = plan_.open_texts;
}

chunk_pipeline::~chunk_pipeline() = default;

run_progress const& chunk_pipeline::progress() const noexcept {
  return *state_->progress;
}

object_ref<write_result> chunk_pipeline::state::submit(path_list files,
                                                       std::shared_ptr<shard_writer> to,
                                                       memory_plan const& plan) {
  file_bytes->assign(files.size(), 0);
  window const in_flight(plan.chunks_in_flight, std::size_t{1} << 40);
  auto const read = task("read", read_stage).on(cpu).ahead(in_flight);
  auto const split = task("split", split_stage).on(kernels).ahead(stage_window);
  auto const utf8 = task("utf8", utf8_stage).on(kernels).ahead(stage_window);
  auto const hash = task("hash", hash_stage).on(kernels).ahead(stage_window);
  auto const dedup = task("dedup", dedup_stage).on(cpu).ahead(stage_window);
  auto const tokenise = task("tokenise", tokenise_stage).on(kernels).ahead(stage_window);
  auto const write = task("write", write_stage).on(cpu).num_returns<1>();

  read_job job(std::move(files), rule);
  job.chunk_bytes = plan.chunk_bytes;
  job.pieces_max = plan.pieces_max;
  job.stop = stop;
  job.file_bytes = file_bytes;
  job.progress = progress;
  auto texts = home.submit(read, std::move(job));
  auto pieces = home.submit(split, std::move(texts), rule);
  auto checked = home.submit(utf8, std::move(pieces));
  auto hashed = home.submit(hash, std::move(checked), hash_bits);
  auto decided = home.submit(dedup, std::move(hashed), limits, rejected);
  auto tokens = home.submit(tokenise, std::move(decided));
  return home.submit(write, std::move(tokens), std::move(to), progress);
}

// Whatever ends the run also ends a wait for standard input, which may never give another byte.
value<write_result> chunk_pipeline::state::wait(object_ref<write_result> const& written) {
  try {
    return home.get(written);
  } catch (...) {
    stop->raise();
    throw;
  }
}

chunk_report chunk_pipeline::run(path_list files, std::shared_ptr<shard_writer> to) {
  object_ref<write_result> written = state_->submit(std::move(files), std::move(to), plan_);
  {
    std::lock_guard const lock(state_->mutex);
    state_->result = written;
    if (state_->cancelled_early) state_->home.cancel(written);
  }
  value<write_result> const result = state_->wait(written);

  chunk_report report;
  report.counts = result->counts;
  report.tokens = result->tokens;
  report.chunks = result->chunks;
  report.first_chunk = result->first_chunk;
  report.file_bytes = *state_->file_bytes;
  report.rejected = state_->rejected->documents();
  object_store const& store = state_->home.store();
  auto const add = [&](location pool) {
    pool_report const next{pool, store.figures(pool)};
    if (next.figures.limit_bytes != 0) report.pools.push_back(next);
  };
  for (std::size_t i = 0; i < state_->home.world().device_count(); ++i)
    add(location(tier::device, static_cast<int>(i)));
  add(location(tier::pinned));
  add(location(tier::host));
  add(location(tier::disk));
  report.spilled_bytes = store.spilled_bytes();
  report.restored_bytes = store.restored_bytes();
  report.stages = state_->home.figures();
  std::ranges::sort(report.stages, {}, [](task_figures const& each) {
    return std::ranges::find(stage_order, each.task) - stage_order.begin();
  });
  return report;
}

void chunk_pipeline::cancel() noexcept {
  std::lock_guard const lock(state_->mutex);
  state_->cancelled_early = true;
  state_->stop->raise();
  if (state_->result) state_->home.cancel(state_->result);
}

}  // namespace sluice::tool
