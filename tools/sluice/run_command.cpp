#include <sluice/tools/run_command.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sluice/cuda/error.hpp>
#include <sluice/cuda/trace.hpp>
#include <sluice/tools/info.hpp>
#include <sluice/tools/inputs.hpp>
#include <sluice/tools/inspect.hpp>
#include <sluice/tools/options.hpp>
#include <sluice/tools/pipeline.hpp>
#include <sluice/tools/progress.hpp>
#include <sluice/tools/result.hpp>
#include <sluice/tools/shard_writer.hpp>
#include <sluice/tools/signals.hpp>
#include <sluice/tools/summary.hpp>
#include <sluice/tools/usage_error.hpp>

namespace sluice::tool {

namespace {

constexpr std::size_t trace_records_max = std::size_t{1} << 22;

// Somebody wants the run to end; not an error of the run.
class stopped {
 public:
  explicit stopped(int signal) noexcept : signal_(signal) {}
  int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

// A folder that something is written into at the end, or when memory is short: better refused now.
void require_folder(char const* option, std::string const& folder) {
  if (!std::filesystem::is_directory(folder))
    throw usage_error(
        fmt::format("{}: {} is no folder; make it, or name another", option, shown(folder)));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw usage_error(
        fmt::format("{}: {} may not be written to; name another folder", option, shown(folder)));
}

void check_paths(chunk_options const& options, path_list const& files) {
  auto outputs = result_files::paths_in(options.output_folder);
  if (!options.trace_path.empty()) outputs.push_back(options.trace_path);
  refuse_as_input(files, outputs);
  if (options.spill_folder != options.output_folder)
    require_folder("--spill-dir", options.spill_folder);
  if (options.trace_path.empty()) return;
  auto const folder = std::filesystem::path(options.trace_path).parent_path().string();
  require_folder("--trace", folder.empty() ? "." : folder);
}

chunk_report run_watched(chunk_pipeline& pipeline, path_list files,
                         std::shared_ptr<shard_writer> to, signal_watch& signals) {
  signals.on_signal([&pipeline] { pipeline.cancel(); });
  std::optional<chunk_report> report;
  try {
    report = pipeline.run(std::move(files), std::move(to));
  } catch (error const&) {
    signals.on_signal({});
    if (signals.caught() == 0) throw;
  } catch (...) {
    signals.on_signal({});
    throw;
  }
  signals.on_signal({});
  if (signals.caught() != 0) throw stopped(signals.caught());
  return *std::move(report);
}

void run_chunk(chunk_options const& options, command_streams const& to) {
  auto const begin = std::chrono::steady_clock::now();
  require_standard_input(options.inputs);
  signal_watch signals;
  auto const inputs = list_inputs(options.inputs, options.include);
  check_paths(options, inputs.files);

  std::optional<trace> log;
  if (!options.trace_path.empty()) log.emplace(trace_records_max);
  chunk_pipeline pipeline(options, log ? &*log : nullptr);
  shard_options result(options.output_folder);
  result.layout = options.layout;
  result.replace = options.force;
  result.buffer_bytes = pipeline.plan().writer_bytes;
  auto const writer = std::make_shared<shard_writer>(result);
  std::optional<progress_display> display;
  if (!options.quiet)
    display.emplace(pipeline.progress(), to.errors, progress_style::of(to.errors_descriptor));
  chunk_report const report = run_watched(pipeline, inputs.files, writer, signals);
  finish_result(*writer, options, inputs, report);
  display.reset();
  if (log) log->write(options.trace_path);
  if (options.quiet) return;
  summary const said(report, pipeline.plan(), *writer, begin);
  to.out << (options.json ? said.as_json() : said.as_text());
}

void run(std::vector<std::string> arguments, command_streams const& to) {
  std::ostream& out = to.out;
  command const wanted = parse_command(std::move(arguments));
  switch (wanted.kind) {
    case command_kind::chunk:
      run_chunk(wanted.chunk, to);
      break;
    case command_kind::inspect: {
      auto const said = inspect_result(wanted.inspect.folder, wanted.inspect.json);
      if (!wanted.inspect.quiet) out << said;
      break;
    }
    case command_kind::info:
      out << machine_info();
      break;
    case command_kind::print:
      out << wanted.text;
      break;
  }
  out.flush();
  if (!out) throw io_error("write the summary", errno, "the result itself is whole");
}

void say(std::ostream& errors, std::string_view line) {
  spdlog::logger log("sluice", std::make_shared<spdlog::sinks::ostream_sink_st>(errors, true));
  log.set_pattern("sluice: %l: %v");
  log.error(line);
}

}  // namespace

exit_code run_command(std::vector<std::string> arguments, command_streams const& to) {
  try {
    run(std::move(arguments), to);
    return exit_code::ok;
  } catch (stopped const& by) {
    say(to.errors, by.signal() == SIGINT ? "interrupted; nothing was written"
                                         : "terminated; nothing was written");
    return by.signal() == SIGINT ? exit_code::interrupted : exit_code::terminated;
  } catch (usage_error const& refused) {
    say(to.errors, refused.what());
    return exit_code::usage;
  } catch (error const& failed) {
    say(to.errors, failed.what());
    return exit_code_of(failed.kind());
  } catch (std::bad_alloc const&) {
    say(to.errors, "the system has no memory left; lower --memory");
    return exit_code::resources;
  } catch (std::exception const& failed) {
    say(to.errors, failed.what());
    return exit_code::internal;
  }
}

}  // namespace sluice::tool
